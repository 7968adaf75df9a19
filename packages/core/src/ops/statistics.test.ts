import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { vjp } from "../grad.ts";
import { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { checkGradients, evaluate, evaluateAll, guardMemory } from "../testing/index.ts";
import { full, ones, zeros } from "./fill.ts";
import { logaddexp, logcumsumexp } from "./logaddexp.ts";
import { median, medianWithIndices } from "./median.ts";
import { nanmean, nansum, nanToNum } from "./nan.ts";
import { addcdiv, addcmul, lerp, xlogy } from "./pointwise.ts";
import { randn } from "./random.ts";
import { cummax, cummin } from "./running-extremum.ts";
import { std, variance } from "./variance.ts";

guardMemory({ beforeEach, afterEach });

const random = (seed: number, shape: readonly number[]): Tensor =>
  randn(new Key(seed), shape, { dtype: "f64" });
const gradientOf = (fn: (x: Tensor) => Tensor, data: number[]): Promise<number[]> =>
  evaluate(() => {
    const x = tensor(data);
    return vjp(() => [fn(x)], [x], [full(fn(x).shape, 1)]).grads[0];
  });

describe("variance", () => {
  test("of a sample and of a population", async () => {
    expect(await evaluate(() => variance(tensor([1, 2, 3, 6])))).toEqual([14 / 3].map(Math.fround));
    expect(await evaluate(() => variance(tensor([1, 2, 3, 6]), 0, { correction: 0 }))).toEqual([3.5]);
    expect(await evaluate(() => variance(ones([3, 1]), 1))).toEqual([NaN, NaN, NaN]);
  });

  test("is exact far from zero", async () => {
    expect(await evaluate(() => variance(tensor([10000, 10001, 10002]), 0))).toEqual([1]);
  });

  test("gradients; that of equal elements is 0", async () => {
    using x = random(0, [2, 4]);
    await checkGradients((a) => variance(a, 1), [x], { order: 2 });
    await checkGradients((a) => std(a, [0, 1], { keepDims: true }), [x], { order: 2 });
    expect(await gradientOf((a) => std(a), [3, 3, 3])).toEqual([0, 0, 0]);
  });
});

describe("median", () => {
  test("the lower of two, NaN if there is one", async () => {
    expect(await evaluate(() => median(tensor([4, 1, 3, 2])))).toEqual([2]);
    const [values, indices] = await evaluateAll(() => {
      const result = medianWithIndices(
        tensor([
          [4, 1, 3],
          [0, NaN, 1],
        ]),
        1,
        { keepDims: true },
      );
      return [result.values, result.indices];
    });
    expect(values).toEqual([3, NaN]);
    expect(indices).toEqual([2, 1]);
  });

  test("equal elements share the gradient, or the chosen one has it", async () => {
    expect(await gradientOf(median, [2, 1, 2, 3])).toEqual([0.5, 0, 0.5, 0]);
    expect(await gradientOf((a) => medianWithIndices(a, 0).values, [1, 5, 3])).toEqual([0, 0, 1]);
  });

  test("needs elements", () => {
    using x = zeros([2, 0]);
    expect(() => medianWithIndices(x, 1)).toThrow(ShapeError);
  });
});

describe("NaN", () => {
  test("replaced, left out, averaged around", async () => {
    const x = () => tensor([NaN, Infinity, -Infinity, 1]);
    expect(await evaluate(() => nanToNum(x()))).toEqual([
      0,
      Math.fround(3.4028234663852886e38),
      -Math.fround(3.4028234663852886e38),
      1,
    ]);
    expect(await evaluate(() => nanToNum(x(), { nan: 2, negInf: -7 }))).toMatchObject({ 0: 2, 2: -7 });
    expect(
      await evaluate(() =>
        nansum(
          tensor([
            [NaN, 1],
            [NaN, NaN],
          ]),
          1,
        ),
      ),
    ).toEqual([1, 0]);
    expect(
      await evaluate(() =>
        nanmean(
          tensor([
            [NaN, 1, 3],
            [NaN, NaN, NaN],
          ]),
          1,
        ),
      ),
    ).toEqual([2, NaN]);
  });

  test("gradient 0 there", async () => {
    expect(await gradientOf((a) => nanmean(a), [NaN, 1])).toEqual([0, 1]);
    expect(await gradientOf((a) => nanToNum(a), [NaN, 1, Infinity])).toEqual([0, 1, 0]);
  });

  test("floats only", () => {
    using x = ones([1], { dtype: "i32" });
    expect(() => nansum(x)).toThrow(DTypeError);
  });
});

describe("running extrema", () => {
  test("the last of equals; NaN stays", async () => {
    const [values, indices] = await evaluateAll(() => {
      const result = cummax(tensor([1, 3, 3, NaN, 5]), 0);
      return [result.values, result.indices];
    });
    expect(values).toEqual([1, 3, 3, NaN, NaN]);
    expect(indices).toEqual([0, 1, 2, 3, 3]);
    expect(await evaluate(() => cummin(tensor([2, 2, 1], { dtype: "i32" }), 0).indices)).toEqual([0, 1, 2]);
  });

  test("gradients", async () => {
    using x = random(1, [3, 4]);
    await checkGradients((a) => cummax(a, 1).values.square(), [x], { order: 2 });
  });
});

describe("logarithms of sums", () => {
  test("no overflow, infinities, NaN", async () => {
    const pairs = [
      [1000, 1000],
      [-Infinity, -Infinity],
      [-Infinity, 2],
      [Infinity, -Infinity],
      [NaN, 1],
    ];
    const sums = await evaluate(() =>
      logaddexp(tensor(pairs.map(([a]) => a)), tensor(pairs.map(([, b]) => b))),
    );
    expect(sums.map((value) => Math.round(value * 100) / 100)).toEqual([
      1000.69,
      -Infinity,
      2,
      Infinity,
      NaN,
    ]);
  });

  test("running, for every length", async () => {
    for (const size of [0, 1, 2, 5, 8]) {
      using x = random(2, [2, size]);
      const data = await x.data();
      const got = await evaluate(() => logcumsumexp(x, 1));
      for (let row = 0; row < 2; row++) {
        let total = 0;
        for (let i = 0; i < size; i++) {
          total += Math.exp(data[row * size + i]);
          expect(got[row * size + i]).toBeCloseTo(Math.log(total), 10);
        }
      }
    }
  });

  test("a small term at the beginning is not lost", async () => {
    expect((await evaluate(() => logcumsumexp(tensor([-200, 0]), 0)))[0]).toBe(-200);
  });

  test("gradients", async () => {
    using a = random(3, [2, 5]);
    using b = random(4, [5]);
    await checkGradients((x, y) => logaddexp(x, y), [a, b], { order: 2 });
    await checkGradients((x) => logcumsumexp(x, 1), [a], { order: 2 });
  });
});

test("xlogy at 0; lerp, addcmul, addcdiv", async () => {
  expect(await evaluate(() => xlogy(tensor([0, 0, 2]), tensor([0, NaN, 0])))).toEqual([0, NaN, -Infinity]);
  expect(await gradientOf((x) => xlogy(x, tensor([0, 1])), [0, 3])).toEqual([0, 0]);
  expect(await evaluate(() => lerp(tensor([0, 0]), tensor([2, 4]), tensor([0.5, 0.25])))).toEqual([1, 1]);
  expect(await evaluate(() => addcmul(tensor([1]), tensor([2]), tensor([3])))).toEqual([7]);
  expect(await evaluate(() => addcdiv(tensor([1]), tensor([6]), tensor([3])))).toEqual([3]);
});
