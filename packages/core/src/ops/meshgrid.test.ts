import { afterEach, beforeEach, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ShapeError } from "../errors.ts";
import { evaluateAll, guardMemory } from "../testing/index.ts";
import { zeros } from "./fill.ts";
import { meshgrid } from "./meshgrid.ts";

guardMemory({ beforeEach, afterEach });

test("by rows and columns, or by x and y", async () => {
  const vectors = () => [tensor([1, 2]), tensor([3, 4, 5])];
  expect(await evaluateAll(() => meshgrid(vectors()))).toEqual([
    [1, 1, 1, 2, 2, 2],
    [3, 4, 5, 3, 4, 5],
  ]);
  expect(await evaluateAll(() => meshgrid(vectors(), { indexing: "xy" }))).toEqual([
    [1, 2, 1, 2, 1, 2],
    [3, 3, 4, 4, 5, 5],
  ]);
});

test("vectors only", () => {
  using x = zeros([2, 2]);
  expect(() => meshgrid([x])).toThrow(ShapeError);
});
