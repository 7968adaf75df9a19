import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { Key } from "../random/key.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { ones, zeros } from "./fill.ts";
import { type PadMode, pad } from "./pad.ts";
import { randn } from "./random.ts";

guardMemory({ beforeEach, afterEach });

describe("modes", () => {
  test.each([
    ["constant", [0, 0, 1, 2, 3, 0]],
    ["reflect", [3, 2, 1, 2, 3, 2]],
    ["replicate", [1, 1, 1, 2, 3, 3]],
    ["circular", [2, 3, 1, 2, 3, 1]],
  ] as const)("%s", async (mode, want) => {
    expect(await evaluate(() => pad(tensor([1, 2, 3]), [2, 1], { mode }))).toEqual(want);
  });
});

test("pairs begin with the last dimension; negative ones take away", async () => {
  expect(
    await evaluate(() =>
      pad(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        [-1, 0, 1, 0],
        { value: 9 },
      ),
    ),
  ).toEqual([9, 2, 4]);
  using x = zeros([2, 3]);
  using y = pad(x, [0, 0, 1, 1]);
  expect(y.shape).toEqual([4, 3]);
});

test("masks and integers are padded, too", async () => {
  expect(await evaluate(() => pad(tensor([1, 1], { dtype: "u8" }), [1, 0], { value: 1 }))).toEqual([1, 1, 1]);
});

test.each<PadMode>(["constant", "reflect", "replicate", "circular"])("gradients, %s", async (mode) => {
  using x = randn(new Key(0), [2, 4], { dtype: "f64" });
  await checkGradients((a) => pad(a, [2, 3, 1, 0], { mode }).square(), [x], { order: 2 });
});

test("says what is wrong", () => {
  using x = ones([3]);
  expect(() => pad(x, [1])).toThrow(ShapeError);
  expect(() => pad(x, [1, 1, 1, 1])).toThrow("at most 1 (got [1,1,1,1]");
  expect(() => pad(x, [-2, -2])).toThrow("nothing is left of dimension 0");
  expect(() => pad(x, [3, 0], { mode: "reflect" })).toThrow("reflect needs more than 3 elements");
  expect(() => pad(x, [4, 0], { mode: "circular" })).toThrow(ShapeError);
  expect(() => pad(x, [1, 0], { mode: "reflect", value: 2 })).toThrow(ArgumentError);
});
