import { afterEach, beforeEach, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { guardMemory } from "../testing/index.ts";
import { unique } from "./unique.ts";

guardMemory({ beforeEach, afterEach });

test("values, which each is, and how often", async () => {
  using x = tensor([
    [2, NaN],
    [-1, 2],
  ]);
  const { values, inverse, counts } = await unique(x);
  expect(Array.from(await values.data())).toEqual([-1, 2, NaN]);
  expect(await inverse.array()).toEqual([
    [1, 2],
    [0, 1],
  ]);
  expect(Array.from(await counts.data())).toEqual([1, 2, 1]);
  for (const each of [values, inverse, counts]) each.dispose();
});
