import { afterEach, beforeEach, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { vjp } from "../grad.ts";
import { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { embedding } from "./embedding.ts";
import { embeddingBag } from "./embedding-bag.ts";
import { full, ones } from "./fill.ts";
import { randn } from "./random.ts";

guardMemory({ beforeEach, afterEach });

const i32 = (data: number[] | number[][]): Tensor => tensor(data, { dtype: "i32" });

/** The gradient of the table where every looked-up element has the gradient `value`. */
function tableGradient(index: Tensor, options: Parameters<typeof embedding>[2], value = 1): Tensor {
  const table = ones([3, 1]);
  return vjp(() => [embedding(index, table, options)], [table], [full([...index.shape, 1], value)]).grads[0];
}

test("padding gets no gradient, not even NaN; often used rows less of it", async () => {
  expect(await evaluate(() => tableGradient(i32([0, 1, 1]), {}))).toEqual([1, 2, 0]);
  expect(await evaluate(() => tableGradient(i32([0, 1, 1]), { paddingIdx: -2 }))).toEqual([1, 0, 0]);
  expect(await evaluate(() => tableGradient(i32([0, 1, 1]), { paddingIdx: 1 }, Number.NaN))).toEqual([
    NaN,
    0,
    0,
  ]);
  expect(await evaluate(() => tableGradient(i32([0, 1, 1]), { scaleGradByFreq: true }))).toEqual([1, 1, 0]);
});

test("an index out of range gives NaN", async () => {
  expect(await evaluate(() => embedding(i32([3, -1]), ones([3, 1])))).toEqual([NaN, NaN]);
});

test("bags: sum, mean, maximum, empty ones, padding", async () => {
  const table = () => tensor([[1], [2], [4]]);
  const offsets = i32([0, 2, 2]);
  const index = i32([0, 2, 1]);
  expect(await evaluate(() => embeddingBag(index, table(), { offsets, mode: "sum" }))).toEqual([5, 0, 2]);
  expect(await evaluate(() => embeddingBag(index, table(), { offsets, mode: "mean" }))).toEqual([2.5, 0, 2]);
  expect(await evaluate(() => embeddingBag(index, table(), { offsets, mode: "max" }))).toEqual([4, 0, 2]);
  expect(
    await evaluate(() => embeddingBag(index, table(), { offsets, mode: "mean", paddingIdx: 2 })),
  ).toEqual([1, 0, 2]);
  using weights = tensor([1, 10, 100]);
  expect(
    await evaluate(() => embeddingBag(index, table(), { offsets, mode: "sum", perSampleWeights: weights })),
  ).toEqual([41, 0, 200]);
  offsets.dispose();
  index.dispose();
});

test("gradients of bags", async () => {
  using table = randn(new Key(0), [4, 3], { dtype: "f64" });
  using index = i32([
    [0, 1, 1],
    [3, 0, 2],
  ]);
  for (const mode of ["sum", "mean", "max"] as const) {
    await checkGradients((t) => embeddingBag(index, t, { mode }).square(), [table], { order: 2 });
  }
});

test("says what is wrong", () => {
  using table = ones([3, 2]);
  using index = i32([0]);
  expect(() => embedding(table, table)).toThrow(DTypeError);
  expect(() => embedding(index, table, { paddingIdx: 3 })).toThrow(ArgumentError);
  expect(() => embeddingBag(index, table)).toThrow(ShapeError);
  using weights = ones([1]);
  expect(() => embeddingBag(index, table, { offsets: index, perSampleWeights: weights })).toThrow(
    'need mode "sum"',
  );
});
