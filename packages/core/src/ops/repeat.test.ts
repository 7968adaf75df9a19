import { afterEach, beforeEach, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { Key } from "../random/key.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { ones } from "./fill.ts";
import { randn } from "./random.ts";
import { repeat, repeatInterleave } from "./repeat.ts";

guardMemory({ beforeEach, afterEach });

test("whole tensors", async () => {
  expect(await evaluate(() => repeat(tensor([[1, 2]]), [2, 2]))).toEqual([1, 2, 1, 2, 1, 2, 1, 2]);
  using x = ones([3]);
  using y = repeat(x, [4, 0]);
  expect(y.shape).toEqual([4, 0]);
});

test("elements in place", async () => {
  expect(
    await evaluate(() =>
      repeatInterleave(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        2,
      ),
    ),
  ).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
  expect(
    await evaluate(() =>
      repeatInterleave(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        [0, 2],
        0,
      ),
    ),
  ).toEqual([3, 4, 3, 4]);
  expect(
    await evaluate(() =>
      repeatInterleave(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        [2, 1],
        1,
      ),
    ),
  ).toEqual([1, 1, 2, 3, 3, 4]);
});

test("gradients", async () => {
  using x = randn(new Key(0), [2, 3], { dtype: "f64" });
  await checkGradients((a) => repeat(a, [2, 1, 2]).square(), [x], { order: 2 });
  await checkGradients((a) => repeatInterleave(a, [2, 0, 1], 1).square(), [x], { order: 2 });
});

test("says what is wrong", () => {
  using x = ones([2, 2]);
  expect(() => repeat(x, [2])).toThrow(ShapeError);
  expect(() => repeatInterleave(x, -1, 0)).toThrow(ArgumentError);
  expect(() => repeatInterleave(x, [1, 2, 3], 0)).toThrow("3 counts for 2 elements");
});
