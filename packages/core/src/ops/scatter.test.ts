import { afterEach, beforeEach, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ShapeError } from "../errors.ts";
import { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { ones, zeros } from "./fill.ts";
import { randn } from "./random.ts";
import { indexAdd, scatter, scatterAdd } from "./scatter.ts";

guardMemory({ beforeEach, afterEach });

const i32 = (data: number[] | number[][]): Tensor => tensor(data, { dtype: "i32" });

test("sets and adds; a source may be larger than its index", async () => {
  expect(
    await evaluate(() =>
      scatter(
        zeros([2, 3]),
        i32([[2], [0]]),
        tensor([
          [1, 9],
          [2, 9],
        ]),
        1,
      ),
    ),
  ).toEqual([0, 0, 1, 2, 0, 0]);
  expect(await evaluate(() => scatter(ones([3]), i32([1]), 7, 0))).toEqual([1, 7, 1]);
  expect(await evaluate(() => scatterAdd(ones([2]), i32([0, 0, 5]), tensor([1, 2, 3]), 0))).toEqual([4, 1]);
});

test("a repeated index sets the mean; integers stay integers", async () => {
  expect(await evaluate(() => scatter(zeros([2]), i32([0, 0]), tensor([1, 2]), 0))).toEqual([1.5, 0]);
  expect(await evaluate(() => scatter(i32([5, 5]), i32([1]), i32([3]), 0))).toEqual([5, 3]);
});

test("slices", async () => {
  expect(
    await evaluate(() =>
      indexAdd(
        zeros([2, 2]),
        i32([1, 1]),
        tensor([
          [1, 2],
          [3, 4],
        ]),
        0,
      ),
    ),
  ).toEqual([0, 0, 4, 6]);
});

test("gradients", async () => {
  using x = randn(new Key(0), [3, 4], { dtype: "f64" });
  using src = randn(new Key(1), [3, 2], { dtype: "f64" });
  using index = i32([
    [0, 3],
    [1, 2],
    [3, 0],
  ]);
  await checkGradients((a, b) => scatter(a, index, b, 1).square(), [x, src], { order: 2 });
  await checkGradients((a, b) => scatterAdd(a, index, b, 1).square(), [x, src], { order: 2 });
});

test("one slice per index", () => {
  using x = zeros([3]);
  using index = i32([0, 1]);
  expect(() => indexAdd(x, index, x, 0)).toThrow(ShapeError);
});
