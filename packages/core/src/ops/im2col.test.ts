import { afterEach, beforeEach, expect, test } from "vitest";
import { ShapeError } from "../errors.ts";
import { Key } from "../random/key.ts";
import { evaluate, guardMemory } from "../testing/index.ts";
import { arange } from "./arange.ts";
import { mul } from "./arithmetic.ts";
import { ones } from "./fill.ts";
import { col2im, im2col } from "./im2col.ts";
import { randn } from "./random.ts";
import { sum } from "./reduce.ts";
import { reshape } from "./reshape.ts";

guardMemory({ beforeEach, afterEach });

test("a column holds a window, row by row", async () => {
  const columns = await evaluate(() => im2col(reshape(arange(0, 9), [1, 1, 3, 3]), 2));
  expect(columns).toEqual([0, 1, 3, 4, 1, 2, 4, 5, 3, 4, 6, 7, 4, 5, 7, 8]);
});

test("col2im is its adjoint", async () => {
  const options = { stride: [2, 1], padding: [1, 2], dilation: [1, 2] };
  using x = randn(new Key(0), [2, 3, 5, 4], { dtype: "f64" });
  using columns = randn(new Key(1), [2, 18, 12], { dtype: "f64" });
  const [left] = await evaluate(() => sum(mul(im2col(x, [2, 3], options), columns)));
  const [right] = await evaluate(() => sum(mul(x, col2im(columns, [5, 4], [2, 3], options))));
  expect(left).toBeCloseTo(right, 10);
});

test("says what is wrong", () => {
  using x = ones([2, 2]);
  expect(() => im2col(x, 2)).toThrow(ShapeError);
  using columns = ones([1, 4, 5]);
  expect(() => col2im(columns, [3, 3], 2)).toThrow("is not [N, C * 4, 4]");
});
