import { afterEach, beforeEach, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { Key } from "../random/key.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { arange } from "./arange.ts";
import { diag, diagEmbed, diagonal } from "./diagonal.ts";
import { zeros } from "./fill.ts";
import { randn } from "./random.ts";
import { reshape } from "./reshape.ts";

guardMemory({ beforeEach, afterEach });

const grid = () => reshape(arange(0, 6), [2, 3]); // [[0, 1, 2], [3, 4, 5]]

test.each([
  [0, [0, 4]],
  [1, [1, 5]],
  [2, [2]],
  [3, []],
  [-1, [3]],
  [-2, []],
])("offset %i", async (offset, want) => {
  expect(await evaluate(() => diagonal(grid(), offset))).toEqual(want);
});

test("of other axes, the diagonal comes last", async () => {
  using x = zeros([2, 3, 4]);
  using y = diagonal(x, 0, 0, 2);
  expect(y.shape).toEqual([3, 2]);
});

test("a matrix of a diagonal and back", async () => {
  expect(await evaluate(() => diag(tensor([1, 2]), -1))).toEqual([0, 0, 0, 1, 0, 0, 0, 2, 0]);
  expect(await evaluate(() => diag(diag(tensor([1, 2]), 3), 3))).toEqual([1, 2]);
});

test("gradients", async () => {
  using x = randn(new Key(0), [3, 4], { dtype: "f64" });
  using v = randn(new Key(1), [2, 3], { dtype: "f64" });
  await checkGradients((a) => diagonal(a, 1).square(), [x], { order: 2 });
  await checkGradients((a) => diagEmbed(a, 1).square(), [v], { order: 2 });
});

test("says what is wrong", () => {
  using x = zeros([2, 2]);
  expect(() => diagonal(x, 0, 1, -1)).toThrow(ShapeError);
  expect(() => diagonal(x, 0.5)).toThrow(ArgumentError);
  using scalar = zeros([]);
  expect(() => diagEmbed(scalar)).toThrow("diagEmbed: x needs a dimension");
  using cube = zeros([1, 1, 1]);
  expect(() => diag(cube)).toThrow("one or two dimensions");
});
