import { afterEach, beforeEach, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { guardMemory } from "../testing/index.ts";
import { bincount } from "./bincount.ts";

guardMemory({ beforeEach, afterEach });

test("counts, with weights, with room", async () => {
  using x = tensor([1, 3, 1], { dtype: "i32" });
  using weights = tensor([0.5, 1, 2]);
  using counts = await bincount(x, { minLength: 6 });
  expect(Array.from(await counts.data())).toEqual([0, 2, 0, 1, 0, 0]);
  using sums = await bincount(x, { weights });
  expect(Array.from(await sums.data())).toEqual([0, 2.5, 0, 1]);
});

test("of nothing", async () => {
  using x = tensor([], { dtype: "i32" });
  using counts = await bincount(x, { minLength: 2 });
  expect(Array.from(await counts.data())).toEqual([0, 0]);
});

test("says what is wrong", async () => {
  using negative = tensor([-1], { dtype: "i32" });
  await expect(bincount(negative)).rejects.toThrow(ArgumentError);
  using square = tensor([[1]], { dtype: "i32" });
  await expect(bincount(square)).rejects.toThrow(ShapeError);
});
