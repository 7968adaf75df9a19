import { afterAll, describe, expect, test } from "vitest";
import { full, ones } from "../index.ts";
import { leftBehind } from "../testing/index.ts";
import * as optim from "./index.ts";

/** Every public name, or that it has to do with numbers alone. One that is missing here does not compile, and fails below. */
type Calls = { readonly [N in keyof typeof optim]: (() => unknown) | "numbers" };

const w = ones([2, 3]);
const scale = full([], 0.5);
const given = [w, scale];
afterAll(() => {
  for (const each of given) each.dispose();
});

type AnyOptimizer = Pick<
  optim.SGD,
  "step" | "stateDict" | "loadStateDict" | "dispose" | typeof Symbol.dispose
>;

/** Two steps, with a scale and without, and the state taken over by another. */
const train = (make: () => AnyOptimizer) => (): void => {
  using optimizer = make();
  optimizer.step([w]);
  optimizer.step([w], { gradScale: scale });
  using next = make();
  next.loadStateDict(optimizer.stateDict());
};

const calls: Calls = {
  Adadelta: train(() => new optim.Adadelta([w])),
  Adagrad: train(() => new optim.Adagrad([w])),
  Adam: train(() => new optim.Adam([w], { amsgrad: true })),
  AdamW: train(() => new optim.AdamW([w])),
  Adamax: train(() => new optim.Adamax([w])),
  GradScaler: () => new optim.GradScaler().scale(scale),
  GradientAccumulator: () => {
    using accumulator = new optim.GradientAccumulator();
    accumulator.add([w]);
    accumulator.add([w]);
    return accumulator.mean();
  },
  Optimizer: "numbers",
  RAdam: train(() => new optim.RAdam([w])),
  RMSprop: train(() => new optim.RMSprop([w], { centered: true, momentum: 0.9 })),
  ReduceLrOnPlateau: "numbers",
  SGD: train(() => new optim.SGD([w], { momentum: 0.9, weightDecay: 0.1 })),
  clipGradNorm: () => [1, 2, 3, Infinity].map((normType) => optim.clipGradNorm([w, w], 1, { normType })),
  clipGradValue: () => optim.clipGradValue([w, w], 0.5),
  clipScale: () => optim.clipScale(scale, 0.1),
  constant: "numbers",
  constantLr: "numbers",
  constantWithWarmup: "numbers",
  cosineAnnealingLr: "numbers",
  cosineAnnealingWarmRestarts: "numbers",
  cosineWithHardRestarts: "numbers",
  cosineWithWarmup: "numbers",
  cyclicLr: "numbers",
  exponentialLr: "numbers",
  gradNorm: () => [1, 2, 3, Infinity].map((normType) => optim.gradNorm([w, w], { normType })),
  inverseSqrtWithWarmup: "numbers",
  lambdaLr: "numbers",
  linearLr: "numbers",
  linearWithWarmup: "numbers",
  multiStepLr: "numbers",
  noam: "numbers",
  oneCycleLr: "numbers",
  polynomialLr: "numbers",
  polynomialWithWarmup: "numbers",
  sequentialLr: "numbers",
  stepLr: "numbers",
  valueAt: "numbers",
};

describe("where no scope is open, an optimizer leaves its results and nothing else", () => {
  test("every public name is called", () => {
    expect(Object.keys(calls).sort()).toEqual(Object.keys(optim).sort());
  });

  const withTensors = Object.entries(calls).flatMap(([name, call]) =>
    call === "numbers" ? [] : [{ name, call }],
  );
  test.each(withTensors)("$name", async ({ call }) => {
    expect(await leftBehind(call)).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
    expect(given.filter(({ isDisposed, scope }) => isDisposed || scope !== null)).toEqual([]);
  });
});
