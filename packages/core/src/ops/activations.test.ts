import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { DTypeError } from "../errors.ts";
import { vjp } from "../grad.ts";
import type { Tensor } from "../tensor.ts";
import { evaluate, guardMemory } from "../testing/index.ts";
import * as activations from "./activations.ts";
import { fmax, fmin } from "./binary-math.ts";
import { ones } from "./fill.ts";
import { abs, bitNot, frac, isNan, neg, powScalar, round, sign, sqrt, trunc } from "./unary.ts";

guardMemory({ beforeEach, afterEach });

const gradientOf = (fn: (x: Tensor) => Tensor, data: number[]): Promise<number[]> =>
  evaluate(() => {
    const x = tensor(data);
    return vjp(() => [fn(x)], [x], [ones([data.length])]).grads[0];
  });

describe("gradients at kinks are PyTorch's", () => {
  test.each([
    ["relu", activations.relu, [0], [0]],
    ["abs", abs, [0], [0]],
    ["leakyRelu", (x: Tensor) => activations.leakyRelu(x, 0.5), [0], [0.5]],
    ["elu", activations.elu, [0], [1]],
    ["clamp", (x: Tensor) => activations.clamp(x, 0, 1), [0, 1, 2], [1, 1, 0]],
    ["hardtanh", activations.hardtanh, [-1, 0, 1], [0, 1, 0]],
    ["hardsigmoid", activations.hardsigmoid, [-3, 0, 3], [0, Math.fround(1 / 6), 0]],
    ["hardswish", activations.hardswish, [-4, 4], [0, 1]],
    ["softplus behind its threshold", (x: Tensor) => activations.softplus(x, 1, 1), [2], [1]],
    ["round", round, [0.5], [0]],
    ["sign", sign, [0, 2], [0, 0]],
    ["x^0 at 0", (x: Tensor) => powScalar(x, 0), [0], [0]],
    [
      "fmax: the first of equals, the number beside NaN",
      (x: Tensor) => fmax(x, tensor([1, 1, NaN])),
      [1, NaN, 2],
      [1, 0, 1],
    ],
    [
      "fmin: the first of equals, the number beside NaN",
      (x: Tensor) => fmin(tensor([1, NaN, 1]), x),
      [1, 2, NaN],
      [0, 1, 0],
    ],
    ["sqrt at 0", sqrt, [0], [Number.POSITIVE_INFINITY]],
  ] as const)("%s", async (_, fn, at, want) => {
    expect(await gradientOf(fn as (x: Tensor) => Tensor, [...at])).toEqual(want);
  });
});

test("integers become floats where only floats make sense, and stay integers elsewhere", async () => {
  const i32 = () => tensor([-2, 3], { dtype: "i32" });
  expect((await evaluate(() => activations.sigmoid(i32())))[1]).toBeCloseTo(0.9525741, 6);
  expect(await evaluate(() => activations.clamp(i32(), -1, 1))).toEqual([-1, 1]);
  expect(await evaluate(() => neg(i32()))).toEqual([2, -3]);
  expect(await evaluate(() => powScalar(i32(), 2))).toEqual([4, 9]);
  expect(await evaluate(() => powScalar(i32(), -1))).toEqual([-0.5, Math.fround(1 / 3)]);
  expect(await evaluate(() => bitNot(i32()))).toEqual([1, -4]);
  expect(await evaluate(() => trunc(i32()))).toEqual([-2, 3]);
  expect(await evaluate(() => isNan(i32()))).toEqual([0, 0]);
});

test("says what is wrong", () => {
  using x = ones([1]);
  expect(() => bitNot(x)).toThrow(DTypeError);
  using i = ones([1], { dtype: "i32" });
  expect(() => frac(i)).toThrow("must be float");
});
