import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { evaluate, evaluateAll, guardMemory } from "../testing/index.ts";
import { arange, linspace } from "./arange.ts";
import { concat, split, stack } from "./concat.ts";
import { expand } from "./expand.ts";
import { full, ones, zeros } from "./fill.ts";
import { flip } from "./flip.ts";
import { assign } from "./in-place.ts";
import { matmul } from "./matmul.ts";
import { moveAxis, movedim, permute, transpose } from "./permute.ts";
import { flatten, reshape, squeeze, unsqueeze } from "./reshape.ts";
import { narrow, slice } from "./slice.ts";
import { sumTo } from "./sum-to.ts";
import { maskedFill, where } from "./where.ts";

guardMemory({ beforeEach, afterEach });

const grid = () => reshape(arange(0, 6), [2, 3]);

describe("reshape", () => {
  test("is a view where it can be, a copy where it must be", async () => {
    using x = ones([2, 3]);
    using view = reshape(x, [3, -1]);
    expect(view.storage).toBe(x.storage);
    expect(await evaluate(() => reshape(transpose(grid()), [6]))).toEqual([0, 3, 1, 4, 2, 5]);
    expect(reshape(x, [2, 3])).toBe(x);
  });

  test("adds, drops and joins dimensions", () => {
    using x = zeros([2, 1, 3, 1]);
    using a = squeeze(x);
    using b = squeeze(x, 1);
    using c = squeeze(x, 0);
    using d = unsqueeze(x, -1);
    using e = flatten(x, 1, 2);
    expect([a, b, c, d, e].map(({ shape }) => shape)).toEqual([
      [2, 3],
      [2, 3, 1],
      [2, 1, 3, 1],
      [2, 1, 3, 1, 1],
      [2, 3, 1],
    ]);
  });

  test("says what does not fit", () => {
    using x = zeros([2, 3]);
    expect(() => reshape(x, [4, -1])).toThrow("6 elements do not fill [4,-1]");
    expect(() => reshape(x, [-6, -1])).toThrow(ShapeError);
  });
});

describe("slice", () => {
  test("as Python has it, but backwards", async () => {
    expect(await evaluate(() => slice(grid(), [-1, null], [null, null, 2]))).toEqual([3, 5]);
    expect(await evaluate(() => slice(grid(), 1, -1))).toEqual([5]);
    expect(await evaluate(() => slice(grid(), [5, 9]))).toEqual([]);
    expect(await evaluate(() => narrow(grid(), 1, 1, 2))).toEqual([1, 2, 4, 5]);
  });

  test("says what is out of range", () => {
    using x = zeros([2]);
    expect(() => slice(x, 2)).toThrow(ShapeError);
    expect(() => slice(x, [0, 1, -1])).toThrow(ArgumentError);
    expect(() => slice(x, null, null)).toThrow("2 ranges");
    expect(() => narrow(x, 0, 1, 2)).toThrow("is not inside dimension 0");
  });
});

test("dimensions in other orders", () => {
  using x = zeros([2, 3, 4]);
  using a = moveAxis(x, 0, -1);
  using b = movedim(x, [0, 2], [1, 0]);
  using c = transpose(x, 0, 2);
  expect([a, b, c].map(({ shape }) => shape)).toEqual([
    [3, 4, 2],
    [4, 2, 3],
    [4, 3, 2],
  ]);
  expect(() => permute(x, [0, 1])).toThrow(ShapeError);
  expect(() => movedim(x, [0, 0], [1, 2])).toThrow(ShapeError);
});

test("views that run backwards, and that repeat", async () => {
  expect(await evaluate(() => flip(grid(), 1))).toEqual([2, 1, 0, 5, 4, 3]);
  expect(await evaluate(() => expand(tensor([[1], [2]]), [2, -1, 2]))).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
  using x = zeros([2, 3]);
  expect(() => expand(x, [3])).toThrow(ShapeError);
});

test("joined and split again", async () => {
  expect(await evaluateAll(() => split(concat([grid(), grid()], 1), [2, 4], 1))).toEqual([
    [0, 1, 3, 4],
    [2, 0, 1, 2, 5, 3, 4, 5],
  ]);
  using x = zeros([2, 3]);
  using y = stack([x, x], -1);
  expect(y.shape).toEqual([2, 3, 2]);
  using i = zeros([2, 3], { dtype: "i32" });
  expect(() => concat([x, i])).toThrow(DTypeError);
  expect(() => concat([], 0)).toThrow(ShapeError);
  expect(() => split(x, [1, 1], 1)).toThrow("do not add up to 3");
});

test("ranges", async () => {
  expect(await evaluate(() => arange(5, 0, -2))).toEqual([5, 3, 1]);
  expect(await evaluate(() => arange(0, 0))).toEqual([]);
  expect(await evaluate(() => linspace(0, 1, 1))).toEqual([0]);
  expect(() => arange(0, 1, 0)).toThrow(ArgumentError);
  expect(() => arange(0, 1, -1)).toThrow(ArgumentError);
  expect(() => full([-1], 0)).toThrow(ShapeError);
});

test("sums undo broadcasts", async () => {
  expect(await evaluate(() => sumTo(ones([2, 3, 4]), [3, 1]))).toEqual([8, 8, 8]);
  using x = ones([2, 3]);
  expect(() => sumTo(x, [2])).toThrow(ShapeError);
});

test("choices by mask", async () => {
  const mask = () => tensor([1, 0], { dtype: "u8" });
  expect(await evaluate(() => where(mask(), tensor([[1], [2]]), 9))).toEqual([1, 9, 2, 9]);
  expect(await evaluate(() => maskedFill(tensor([1, 2], { dtype: "i32" }), mask(), -1))).toEqual([-1, 2]);
  using x = ones([2]);
  expect(() => where(x, x, x)).toThrow(DTypeError);
});

test("matrices and vectors", async () => {
  expect(await evaluate(() => matmul(tensor([1, 2]), tensor([3, 4])))).toEqual([11]);
  expect(await evaluate(() => matmul(grid(), tensor([1, 0, 1], { dtype: "u8" })))).toEqual([2, 8]);
  expect(await evaluate(() => matmul(zeros([2, 0]), zeros([0, 1])))).toEqual([0, 0]);
  using x = ones([2, 3]);
  using scalar = ones([]);
  expect(() => matmul(x, x)).toThrow("inner sizes differ ([2,3] x [2,3])");
  expect(() => matmul(x, scalar)).toThrow(ShapeError);
});

test("assign writes into memory that is there", async () => {
  using target = zeros([2]);
  using source = ones([2]);
  assign(target, source);
  expect(Array.from(await target.data())).toEqual([1, 1]);
  using other = ones([3]);
  expect(() => assign(target, other)).toThrow(ShapeError);
});
