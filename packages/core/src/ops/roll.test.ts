import { afterEach, beforeEach, expect, test } from "vitest";
import { ShapeError } from "../errors.ts";
import { Key } from "../random/key.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { arange } from "./arange.ts";
import { zeros } from "./fill.ts";
import { randn } from "./random.ts";
import { reshape } from "./reshape.ts";
import { roll } from "./roll.ts";

guardMemory({ beforeEach, afterEach });

const grid = () => reshape(arange(0, 6), [2, 3]);

test.each([
  [1, 1, [2, 0, 1, 5, 3, 4]],
  [-1, 0, [3, 4, 5, 0, 1, 2]],
  [7, 1, [2, 0, 1, 5, 3, 4]],
  [0, 1, [0, 1, 2, 3, 4, 5]],
  [
    [1, 1],
    [0, 1],
    [5, 3, 4, 2, 0, 1],
  ],
  [2, undefined, [4, 5, 0, 1, 2, 3]],
])("%j along %j", async (shifts, axes, want) => {
  expect(await evaluate(() => roll(grid(), shifts, axes))).toEqual(want);
});

test("of nothing", async () => {
  expect(await evaluate(() => roll(zeros([0]), 3, 0))).toEqual([]);
});

test("gradients", async () => {
  using x = randn(new Key(0), [2, 3], { dtype: "f64" });
  await checkGradients((a) => roll(a, [1, 2], [0, 1]).square(), [x], { order: 2 });
});

test("one shift per axis", () => {
  using x = zeros([2, 2]);
  expect(() => roll(x, [1, 2], 0)).toThrow(ShapeError);
  expect(() => roll(x, [1, 2])).toThrow("2 shifts but no axes");
});
