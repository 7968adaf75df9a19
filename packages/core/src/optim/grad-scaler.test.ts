import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { autocast, ones, setBackend, type Tensor, tensor, tidy, valueAndGrad } from "../index.ts";
import { createReferenceBackend } from "../reference/index.ts";
import { guardMemory } from "../testing/index.ts";
import { AdamW, GradScaler, SGD } from "./index.ts";

guardMemory({ beforeEach, afterEach });
setBackend(createReferenceBackend());

/** What PyTorch's `_amp_update_scale_` gives for an interval of 3: an overflow is a 1. */
const rounds = "0001000000110000100000";
const recorded = [
  ...[65536, 65536, 131072, 65536, 65536, 65536, 131072, 131072, 131072, 262144, 131072],
  ...[65536, 65536, 65536, 131072, 131072, 65536, 65536, 65536, 131072, 131072, 131072],
];
const trackers = [1, 2, 0, 0, 1, 2, 0, 1, 2, 0, 0, 0, 1, 2, 0, 1, 0, 1, 2, 0, 1, 2];

describe("GradScaler", () => {
  test("moves its factor as PyTorch's does", async () => {
    const scaler = new GradScaler({ growthInterval: 3 });
    using w = tensor([1]);
    const optimizer = new SGD([w], { lr: 0 });
    using fine = tensor([1]);
    using broken = tensor([Number.NaN]);
    for (const [i, overflow] of [...rounds].entries()) {
      const { taken } = await scaler.step(optimizer, [overflow === "1" ? broken : fine]);
      expect(taken).toBe(overflow === "0");
      scaler.update();
      expect([scaler.lossScale, scaler.stateDict().growthTracker]).toEqual([recorded[i], trackers[i]]);
    }
    optimizer.dispose();
  });

  test("does not grow beyond f32", async () => {
    const scaler = new GradScaler({ initScale: 2 ** 127, growthInterval: 1 });
    scaler.update();
    expect(scaler.lossScale).toBe(2 ** 127);
  });

  test("gives the step and the norm of the unscaled gradients", async () => {
    const step = async (scaled: boolean): Promise<[number[], number]> => {
      using w = tensor([3, 4]);
      const optimizer = new SGD([w], { lr: 0.25 });
      const scaler = new GradScaler({ enabled: scaled, initScale: 1024 });
      using result = valueAndGrad(() => scaler.scale(w.square().sum()), [w]);
      expect(await result.value.item()).toBe(scaled ? 25 * 1024 : 25);
      const { norm } = await scaler.step(optimizer, result.grads);
      scaler.update();
      optimizer.dispose();
      return [[...(await w.data())], norm];
    };
    expect(await step(true)).toEqual([[1.5, 2], 10]);
    expect(await step(false)).toEqual([[1.5, 2], 10]);
  });

  test("clips the unscaled gradients", async () => {
    using w = tensor([3, 4]);
    const optimizer = new SGD([w], { lr: 1 });
    const scaler = new GradScaler();
    using result = valueAndGrad(() => scaler.scale(w.square().sum()), [w]);
    const { norm } = await scaler.step(optimizer, result.grads, { maxNorm: 5 });
    expect(norm).toBe(10);
    const [a, b] = await w.data();
    expect([a, b]).toEqual([expect.closeTo(0, 5), expect.closeTo(0, 5)]);
    await expect(scaler.step(optimizer, result.grads, { maxNorm: -1 })).rejects.toThrow("maxNorm");
    optimizer.dispose();
  });

  test("leaves a step out where a gradient overflows: parameters, moments and count stay", async () => {
    using w = tensor([1]);
    const optimizer = new AdamW([w], { lr: 0.1 });
    const scaler = new GradScaler({ initScale: 2 ** 20 });
    const loss = (): Tensor =>
      scaler.scale(
        autocast({ dtype: "f16" }, () =>
          tidy(() =>
            w
              .reshape([1, 1])
              .matmul(ones([1, 1]))
              .sum(),
          ),
        ),
      );
    for (const wanted of [false, true]) {
      using result = valueAndGrad(loss, [w]);
      const { taken } = await scaler.step(optimizer, result.grads);
      scaler.update();
      expect(taken).toBe(wanted);
      expect(optimizer.stepCount).toBe(wanted ? 1 : 0);
      expect(await w.item()).toBeCloseTo(wanted ? 0.899 : 1, 6);
      // A gradient of 2^20 is infinite in f16; one of 2^15 is not.
      if (!wanted) scaler.loadStateDict({ ...scaler.stateDict(), scale: 2 ** 15 });
    }
    optimizer.dispose();
  });

  test("keeps what f16 alone would lose", async () => {
    using w = tensor([1]);
    const gradient = async (scaler: GradScaler): Promise<number> => {
      using result = valueAndGrad(
        () =>
          scaler.scale(
            autocast({ dtype: "f16" }, () =>
              w
                .reshape([1, 1])
                .matmul(ones([1, 1]))
                .mul(1e-9)
                .sum(),
            ),
          ),
        [w],
      );
      return (await result.grads[0].item()) / scaler.lossScale;
    };
    expect(await gradient(new GradScaler({ enabled: false }))).toBe(0);
    expect(await gradient(new GradScaler({ initScale: 2 ** 15 }))).toBeCloseTo(1e-9, 11);
  });

  test("goes on from its state", () => {
    const scaler = new GradScaler();
    scaler.loadStateDict({
      ...new GradScaler({ initScale: 8, growthInterval: 7 }).stateDict(),
      growthTracker: 3,
    });
    expect(scaler.stateDict()).toEqual({
      scale: 8,
      growthFactor: 2,
      backoffFactor: 0.5,
      growthInterval: 7,
      growthTracker: 3,
    });
    expect(JSON.parse(JSON.stringify(scaler.stateDict()))).toEqual(scaler.stateDict());
  });

  test("refuses numbers that make no sense, and gradients in f16", async () => {
    for (const options of [
      { initScale: 0 },
      { growthFactor: 1 },
      { backoffFactor: 1 },
      { growthInterval: 0.5 },
    ]) {
      expect(() => new GradScaler(options)).toThrow("GradScaler: needs a scale > 0");
    }
    using w = tensor([1], { dtype: "f16" });
    const optimizer = new SGD([w], { lr: 1 });
    await expect(new GradScaler().step(optimizer, [w])).rejects.toThrow("keep the parameters in f32");
    optimizer.dispose();
  });

  test("a round without gradients is a step", async () => {
    using w = tensor([1]);
    const optimizer = new SGD([w], { lr: 1 });
    expect(await new GradScaler().step(optimizer, [null])).toEqual({ taken: true, norm: 0 });
    expect(optimizer.stepCount).toBe(1);
    optimizer.dispose();
  });
});
