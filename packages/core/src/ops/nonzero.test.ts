import { afterEach, beforeEach, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ShapeError } from "../errors.ts";
import { tidy } from "../scope.ts";
import { guardMemory } from "../testing/index.ts";
import { zeros } from "./fill.ts";
import { flatNonzero, maskedSelect, nonzero } from "./nonzero.ts";

guardMemory({ beforeEach, afterEach });

test("positions and indices", async () => {
  using x = tensor([
    [0, 2],
    [NaN, 0],
  ]);
  using flat = await flatNonzero(x);
  expect(Array.from(await flat.data())).toEqual([1, 2]);
  using rows = await nonzero(x);
  expect(await rows.array()).toEqual([
    [0, 1],
    [1, 0],
  ]);
  using none = zeros([2, 3]);
  using nowhere = await nonzero(none);
  expect(nowhere.shape).toEqual([0, 2]);
});

test("a mask may broadcast, and be read when its scope has ended", async () => {
  using x = tensor([
    [1, 2],
    [3, 4],
  ]);
  const pending = tidy(() => {
    const selected = maskedSelect(x, tensor([1, 0], { dtype: "u8" }));
    return { wait: () => selected };
  });
  using selected = await pending.wait();
  expect(Array.from(await selected.data())).toEqual([1, 3]);
});

test("shapes that do not broadcast", async () => {
  using x = zeros([2]);
  using mask = zeros([3], { dtype: "u8" });
  await expect(maskedSelect(x, mask)).rejects.toThrow(ShapeError);
});
