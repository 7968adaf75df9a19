import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../errors.ts";
import {
  constant,
  cosineAnnealingWarmRestarts,
  cosineWithHardRestarts,
  cosineWithWarmup,
  cyclicLr,
  linearWithWarmup,
  multiStepLr,
  oneCycleLr,
  polynomialWithWarmup,
  ReduceLrOnPlateau,
  sequentialLr,
  stepLr,
  valueAt,
} from "../index.ts";

describe("edges", () => {
  test("no warm-up begins at the top; the end is level", () => {
    const options = { lr: 0.1, warmupSteps: 0, totalSteps: 4 };
    for (const create of [linearWithWarmup, cosineWithWarmup, cosineWithHardRestarts]) {
      expect(create(options)(0)).toBeCloseTo(0.1, 15);
      expect(create(options)(4)).toBeCloseTo(0, 15);
    }
    expect(linearWithWarmup(options)(100)).toBe(0);
    expect(polynomialWithWarmup({ ...options, lrEnd: 0.01 })(100)).toBeCloseTo(0.01, 15);
  });

  test("nothing but warm-up", () => {
    const lr = linearWithWarmup({ lr: 1, warmupSteps: 4, totalSteps: 4 });
    expect([0, 1, 2, 3, 4, 5].map(lr)).toEqual([0, 0.25, 0.5, 0.75, 0, 0]);
  });

  test("one cycle ends at its last step, holds, then throws", () => {
    const { lr, momentum } = oneCycleLr({ maxLr: 1, totalSteps: 10, divFactor: 10, finalDivFactor: 10 });
    expect(lr(9)).toBeCloseTo(0.01, 12);
    expect(lr(10)).toBe(lr(9));
    expect(momentum(10)).toBe(0.95);
    expect(() => lr(11)).toThrow(new ArgumentError("oneCycleLr: the cycle has 10 steps (asked for step 11)"));
  });

  test("restarts far out, of growing and of equal length", () => {
    expect(cosineAnnealingWarmRestarts({ lr: 1, t0: 10 })(1_000_000)).toBe(1);
    expect(cosineAnnealingWarmRestarts({ lr: 1, t0: 1, tMult: 2 })(2 ** 40 - 1)).toBe(1);
  });

  test("cycles that shrink", () => {
    const halved = cyclicLr({ baseLr: 0, maxLr: 1, stepSizeUp: 2, stepSizeDown: 1, mode: "triangular2" });
    expect([0, 1, 2, 3, 4, 5, 6].map(halved.lr)).toEqual([0, 0.5, 1, 0, 0.25, 0.5, 0]);
    const exponential = cyclicLr({ baseLr: 0, maxLr: 1, stepSizeUp: 1, mode: "expRange", gamma: 0.5 });
    expect([0, 1, 2, 3].map(exponential.lr)).toEqual([0, 0.5, 0, 0.125]);
  });

  test("plateau: max, absolute threshold, smallest rate, NaN", () => {
    const plateau = new ReduceLrOnPlateau({
      lr: 1,
      mode: "max",
      factor: 0.5,
      patience: 0,
      threshold: 0.5,
      thresholdMode: "abs",
      minLr: 0.3,
    });
    const rates = [1, 1.4, 1.6, Number.NaN, 1.7].map((figure) => {
      plateau.update(figure);
      return plateau.lr;
    });
    expect(rates).toEqual([1, 0.5, 0.5, 0.3, 0.3]);
  });

  test("numbers are schedules, too", () => {
    expect(valueAt(0.1, 5)).toBe(0.1);
    expect(valueAt(constant(0.1), 5)).toBe(0.1);
    expect(sequentialLr({ schedules: [0.1, 0.2], milestones: [2] })(2)).toBe(0.2);
  });
});

test("errors", () => {
  expect(() => stepLr({ lr: 1, stepSize: 0 })).toThrow(
    new ArgumentError("stepLr: stepSize must be an integer of at least 1 (got 0)"),
  );
  expect(() => multiStepLr({ lr: 1, milestones: [3, 2] })).toThrow(
    "multiStepLr: milestones must ascend (got 3, 2)",
  );
  expect(() => sequentialLr({ schedules: [1], milestones: [2] })).toThrow(
    "1 schedules need 0 milestones (got 1)",
  );
  expect(() => oneCycleLr({ maxLr: 1, totalSteps: 10, pctStart: 2 })).toThrow(
    "pctStart must be in [0, 1] (got 2)",
  );
  expect(() => linearWithWarmup({ lr: 1, warmupSteps: 1.5, totalSteps: 3 })).toThrow(ArgumentError);
  expect(() => polynomialWithWarmup({ lr: 1e-8, warmupSteps: 1, totalSteps: 3 })).toThrow(
    "lrEnd must be below lr",
  );
  expect(() => new ReduceLrOnPlateau({ lr: 1, factor: 1 })).toThrow("factor must be in [0, 1) (got 1)");
});
