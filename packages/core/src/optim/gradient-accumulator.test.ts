import { afterEach, beforeEach, expect, test } from "vitest";
import { ArgumentError, Key, randn, ShapeError, tensor, tidy, valueAndGrad, zeros } from "../index.ts";
import { evaluateAll, guardMemory } from "../testing/index.ts";
import { GradientAccumulator } from "./index.ts";

guardMemory({ beforeEach, afterEach });

test("the mean over parts is the gradient of the whole", async () => {
  using x = randn(new Key(1), [6, 3], { dtype: "f64" });
  using w = randn(new Key(2), [3], { dtype: "f64" });
  using accumulator = new GradientAccumulator();
  const loss = (start: number, count: number) => () => x.narrow(0, start, count).mul(w).tanh().mean();
  for (const start of [0, 2, 4]) {
    using part = valueAndGrad(loss(start, 2), [w]);
    accumulator.add(part.grads);
  }
  expect(accumulator.count).toBe(3);
  using whole = valueAndGrad(loss(0, 6), [w]);
  const [got, wanted] = await evaluateAll(() => [...accumulator.mean(), ...whole.grads]);
  got.forEach((value, i) => {
    expect(value).toBeCloseTo(wanted[i], 14);
  });
  accumulator.reset();
  expect(accumulator.count).toBe(0);
});

test("errors", () => {
  using accumulator = new GradientAccumulator();
  expect(() => accumulator.mean()).toThrow(new ArgumentError("GradientAccumulator: nothing was added"));
  tidy(() => {
    accumulator.add([tensor([1, 2])]);
    expect(() => accumulator.add([])).toThrow(new ArgumentError("GradientAccumulator: 0 gradients after 1"));
    expect(() => accumulator.add([zeros([3])])).toThrow(
      new ShapeError("GradientAccumulator: gradient 0 was [2] (got [3])"),
    );
  });
  expect(accumulator.count).toBe(1);
});
