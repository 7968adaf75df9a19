import { afterEach, beforeEach, expect, test } from "vitest";
import { tensor } from "../index.ts";
import { guardMemory } from "../testing/index.ts";
import { assign } from "./in-place.ts";

guardMemory({ beforeEach, afterEach });

test("what overlaps is read before it is written", async () => {
  using row = tensor([1, 2, 3, 4, 5, 6]);
  using head = row.narrow(0, 0, 5);
  using tail = row.narrow(0, 1, 5);
  assign(tail, head);
  expect(await row.array()).toEqual([1, 1, 2, 3, 4, 5]);
  using backwards = row.flip();
  assign(row, backwards);
  expect(await row.array()).toEqual([5, 4, 3, 2, 1, 1]);
  using square = tensor([[1, 2], [3, 4]]); // biome-ignore format: a matrix
  using turned = square.transpose();
  assign(square, turned);
  expect(await square.array()).toEqual([[1, 3], [2, 4]]); // biome-ignore format: a matrix
  assign(square, square);
  expect(await square.array()).toEqual([[1, 3], [2, 4]]); // biome-ignore format: a matrix
});
