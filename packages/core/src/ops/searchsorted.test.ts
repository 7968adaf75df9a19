import { afterEach, beforeEach, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ShapeError } from "../errors.ts";
import { evaluate, guardMemory } from "../testing/index.ts";
import { zeros } from "./fill.ts";
import { searchsorted } from "./searchsorted.ts";

guardMemory({ beforeEach, afterEach });

test("left and right of equals; NaN last", async () => {
  const sorted = () => tensor([1, 2, 2, 5]);
  const values = () => tensor([0, 1, 2, 3, 9, NaN]);
  expect(await evaluate(() => searchsorted(sorted(), values()))).toEqual([0, 0, 1, 3, 4, 4]);
  expect(await evaluate(() => searchsorted(sorted(), values(), { right: true }))).toEqual([0, 1, 3, 3, 4, 4]);
});

test("every length, every place", async () => {
  for (let size = 0; size < 9; size++) {
    const table = Array.from({ length: size }, (_, i) => 2 * i);
    const queries = Array.from({ length: 2 * size + 1 }, (_, i) => i - 1);
    const want = queries.map((query) => table.filter((each) => each < query).length);
    expect(await evaluate(() => searchsorted(tensor(table, { shape: [size] }), tensor(queries)))).toEqual(
      want,
    );
  }
});

test("row by row", async () => {
  expect(
    await evaluate(() =>
      searchsorted(
        tensor([
          [1, 2],
          [5, 6],
        ]),
        tensor([[2], [2]]),
      ),
    ),
  ).toEqual([1, 0]);
  using sorted = zeros([2, 3]);
  using values = zeros([3, 1]);
  expect(() => searchsorted(sorted, values)).toThrow(ShapeError);
});
