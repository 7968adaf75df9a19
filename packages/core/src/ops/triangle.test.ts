import { afterEach, beforeEach, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../errors.ts";
import { evaluate, guardMemory } from "../testing/index.ts";
import { ones } from "./fill.ts";
import { tril, triu } from "./triangle.ts";

guardMemory({ beforeEach, afterEach });

test.each([
  [tril, 0, [1, 0, 1, 1]],
  [tril, 1, [1, 1, 1, 1]],
  [tril, -1, [0, 0, 1, 0]],
  [triu, 0, [1, 1, 0, 1]],
  [triu, 1, [0, 1, 0, 0]],
] as const)("%o, offset %i", async (part, offset, want) => {
  expect(await evaluate(() => part(ones([2, 2]), offset))).toEqual(want);
  expect(await evaluate(() => part(ones([2, 2], { dtype: "u8" }), offset))).toEqual(want);
});

test("says what is wrong", () => {
  using x = ones([2]);
  expect(() => tril(x)).toThrow(ShapeError);
  using y = ones([2, 2]);
  expect(() => triu(y, 0.5)).toThrow(ArgumentError);
});
