import { afterEach, beforeEach, expect, test } from "vitest";
import { ArgumentError } from "../errors.ts";
import { evaluateAll, guardMemory } from "../testing/index.ts";
import { arange } from "./arange.ts";
import { zeros } from "./fill.ts";
import { reshape } from "./reshape.ts";
import { chunk, unbind } from "./unbind.ts";

guardMemory({ beforeEach, afterEach });

test("slices and pieces", async () => {
  expect(await evaluateAll(() => unbind(reshape(arange(0, 4), [2, 2]), -1))).toEqual([
    [0, 2],
    [1, 3],
  ]);
  expect(await evaluateAll(() => chunk(arange(0, 7), 3))).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
  expect(await evaluateAll(() => chunk(arange(0, 2), 5))).toEqual([[0], [1]]);
});

test("at least one piece", () => {
  using x = zeros([2]);
  expect(() => chunk(x, 0)).toThrow(ArgumentError);
});
