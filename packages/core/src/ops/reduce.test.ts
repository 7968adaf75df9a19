import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { vjp } from "../grad.ts";
import type { Tensor } from "../tensor.ts";
import { evaluate, evaluateAll, guardMemory } from "../testing/index.ts";
import { argmax, argmin, maxWithIndices } from "./arg-reduce.ts";
import { cumprod, cumsum } from "./cumulative.ts";
import { full, ones, zeros } from "./fill.ts";
import { logsumexp } from "./logsumexp.ts";
import { all, amax, amin, any, mean, prod, sum } from "./reduce.ts";
import { logSoftmax, softmax } from "./softmax.ts";
import { argsort, sort, topK } from "./top-k.ts";

guardMemory({ beforeEach, afterEach });

const rows = () =>
  tensor([
    [1, 2],
    [3, 4],
  ]);
const gradientOf = (fn: (x: Tensor) => Tensor, data: number[]): Promise<number[]> =>
  evaluate(() => {
    const x = tensor(data);
    return vjp(() => [fn(x)], [x], [full(fn(x).shape, 1)]).grads[0];
  });

test("one axis, several, all, none; from the end", async () => {
  expect(await evaluate(() => sum(rows(), -1))).toEqual([3, 7]);
  expect(await evaluate(() => sum(rows(), [0, 1]))).toEqual([10]);
  expect(await evaluate(() => mean(rows()))).toEqual([2.5]);
  expect(await evaluate(() => sum(rows(), []))).toEqual([1, 2, 3, 4]);
  expect(await evaluate(() => mean(tensor(2), -1))).toEqual([2]);
  using x = rows();
  using kept = amax(x, 0, { keepDims: true });
  expect(kept.shape).toEqual([1, 2]);
});

test("what nothing gives", async () => {
  using x = zeros([0, 2]);
  expect(await evaluate(() => sum(x, 0))).toEqual([0, 0]);
  expect(await evaluate(() => prod(x, 0))).toEqual([1, 1]);
  expect(await evaluate(() => mean(x, 0))).toEqual([NaN, NaN]);
  expect(await evaluate(() => any(x, 0))).toEqual([0, 0]);
  expect(await evaluate(() => all(x, 0))).toEqual([1, 1]);
  expect(await evaluate(() => logsumexp(x, 0))).toEqual([-Infinity, -Infinity]);
  expect(await evaluate(() => softmax(x))).toEqual([]);
  expect(() => amax(x, 0)).toThrow(ShapeError);
  expect(await evaluate(() => amin(x, 1))).toEqual([]);
  expect(() => argmax(x, 0)).toThrow("no elements to choose from");
});

test("NaN wins", async () => {
  const x = () => tensor([1, NaN, 3]);
  expect(await evaluate(() => amax(x()))).toEqual([NaN]);
  expect(await evaluate(() => amin(x()))).toEqual([NaN]);
  expect(await evaluate(() => argmin(x()))).toEqual([1]);
});

test("equal extrema share the gradient; an index gives it to one", async () => {
  expect(await gradientOf((x) => amax(x), [2, 2, 1])).toEqual([0.5, 0.5, 0]);
  expect(await gradientOf((x) => maxWithIndices(x, 0).values, [2, 2, 1])).toEqual([1, 0, 0]);
});

test("the gradient of products with zeros", async () => {
  expect(await gradientOf((x) => prod(x), [2, 0, 3])).toEqual([0, 6, 0]);
  expect(await gradientOf((x) => prod(x), [0, 0, 3])).toEqual([0, 0, 0]);
  expect(await gradientOf((x) => cumprod(x, 0), [2, 0, 3])).toEqual([1, 8, 0]);
});

test("running sums of masks count", async () => {
  expect(await evaluate(() => cumsum(tensor([1, 0, 1], { dtype: "u8" }), 0))).toEqual([1, 1, 2]);
});

describe("softmax", () => {
  test("does not overflow; a row of -inf is zeros; infinities and NaN are NaN", async () => {
    expect(await evaluate(() => softmax(tensor([1000, 1000])))).toEqual([0.5, 0.5]);
    expect(await evaluate(() => softmax(tensor([-Infinity, -Infinity])))).toEqual([0, 0]);
    expect(await evaluate(() => softmax(tensor([1, Infinity])))).toEqual([NaN, NaN]);
    expect(await evaluate(() => softmax(tensor([1, NaN])))).toEqual([NaN, NaN]);
    expect(await evaluate(() => logSoftmax(tensor([0, -Infinity])))).toEqual([0, -Infinity]);
  });

  test("logsumexp of infinities", async () => {
    expect(
      await evaluate(() =>
        logsumexp(
          tensor([
            [-Infinity, -Infinity],
            [1, Infinity],
          ]),
          1,
        ),
      ),
    ).toEqual([-Infinity, Infinity]);
  });
});

describe("order", () => {
  test("is stable, with NaN as the largest", async () => {
    const x = () => tensor([2, NaN, 1, 2]);
    const [values, indices] = await evaluateAll(() => Object.values(sort(x())));
    expect(values).toEqual([1, 2, 2, NaN]);
    expect(indices).toEqual([2, 0, 3, 1]);
    expect(await evaluate(() => argsort(x(), 0, { descending: true }))).toEqual([1, 0, 3, 2]);
    expect(await evaluate(() => topK(x(), 2, 0, { largest: false }).values)).toEqual([1, 2]);
  });

  test("says what is wrong", () => {
    using x = ones([3]);
    expect(() => topK(x, 4)).toThrow(ArgumentError);
    expect(() => sum(x, [0, 0])).toThrow("an axis is named twice");
    expect(() => sum(x, 1)).toThrow(ShapeError);
  });
});
