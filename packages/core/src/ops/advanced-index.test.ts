import { afterEach, beforeEach, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { index, take } from "./advanced-index.ts";
import { arange } from "./arange.ts";
import { zeros } from "./fill.ts";
import { randn } from "./random.ts";
import { reshape } from "./reshape.ts";

guardMemory({ beforeEach, afterEach });

const i32 = (data: number[] | number[][]): Tensor => tensor(data, { dtype: "i32" });
const cube = (): Tensor => reshape(arange(0, 24), [2, 3, 4]);

test("one, two, broadcast, negative", async () => {
  expect(await evaluate(() => index(cube(), [i32([1]), i32([-1]), i32([0])]))).toEqual([20]);
  expect(await evaluate(() => index(cube(), [i32([[0], [1]]), i32([0, 2])]))).toEqual([
    0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23,
  ]);
});

test("dimensions of indices stay in place, or come first around a null", () => {
  using x = zeros([2, 3, 4, 5]);
  using i = i32([0, 1, 0, 1, 0, 1]);
  using inPlace = index(x, [null, i, i]);
  expect(inPlace.shape).toEqual([2, 6, 5]);
  using first = index(x, [i, null, i]);
  expect(first.shape).toEqual([6, 3, 5]);
  expect(index(x, [null])).toBe(x);
});

test("out of range gives NaN, never another element", async () => {
  expect(
    await evaluate(() =>
      index(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        [i32([0, 0]), i32([2, -3])],
      ),
    ),
  ).toEqual([NaN, NaN]);
});

test("take goes by row-major position", async () => {
  expect(await evaluate(() => take(cube(), i32([5, -1])))).toEqual([5, 23]);
});

test("gradients", async () => {
  using x = randn(new Key(0), [3, 4, 2], { dtype: "f64" });
  await checkGradients((a) => index(a, [i32([0, 2, 0]), i32([1, -1, 1])]).square(), [x], { order: 2 });
});

test("says what is wrong", () => {
  using x = zeros([2]);
  using i = i32([0]);
  expect(() => index(x, [i, i])).toThrow(ShapeError);
  using mask = tensor([1, 0], { dtype: "u8" });
  expect(() => index(x, [mask])).toThrow(DTypeError);
});
