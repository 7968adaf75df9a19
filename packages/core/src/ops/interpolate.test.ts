import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { Key } from "../random/key.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { ones } from "./fill.ts";
import { type InterpolateMode, interpolate } from "./interpolate.ts";
import { randn } from "./random.ts";

guardMemory({ beforeEach, afterEach });

const row = () => tensor([[[0, 2, 4]]]);

test.each([
  [{ size: 6 }, [0, 0, 2, 2, 4, 4]],
  [{ size: 2 }, [0, 2]],
  [{ size: 2, mode: "nearest-exact" }, [0, 4]],
  [{ scaleFactor: 2, mode: "linear" }, [0, 0.5, 1.5, 2.5, 3.5, 4]],
  [{ size: 5, mode: "linear", alignCorners: true }, [0, 1, 2, 3, 4]],
  [{ size: 1, mode: "linear", alignCorners: true }, [0]],
  [{ size: 3, mode: "linear" }, [0, 2, 4]],
  [{ size: 2, mode: "area" }, [1, 3]],
] as const)("%j", async (options, want) => {
  expect(await evaluate(() => interpolate(row(), options))).toEqual(want);
});

test("cubic weights add up to 1", async () => {
  for (const value of await evaluate(() =>
    interpolate(ones([1, 1, 4, 5]), { size: [7, 3], mode: "bicubic" }),
  )) {
    expect(value).toBeCloseTo(1, 6);
  }
});

describe("gradients", () => {
  test.each<InterpolateMode>(["nearest", "bilinear", "bicubic"])("%s", async (mode) => {
    using x = randn(new Key(0), [1, 2, 3, 4], { dtype: "f64" });
    await checkGradients((a) => interpolate(a, { size: [5, 2], mode }).square(), [x], { order: 2 });
  });
});

test("says what is wrong", () => {
  using x = ones([1, 1, 4]);
  expect(() => interpolate(x, {})).toThrow(ArgumentError);
  expect(() => interpolate(x, { size: 2, scaleFactor: 2 })).toThrow("give size or scaleFactor");
  expect(() => interpolate(x, { size: 2, mode: "bilinear" })).toThrow(
    '"bilinear" is not for 1 spatial dimensions',
  );
  expect(() => interpolate(x, { size: 2, alignCorners: true })).toThrow(ArgumentError);
  expect(() => interpolate(x, { scaleFactor: 0.1 })).toThrow("leaves nothing");
  expect(() => interpolate(x, { size: 2, mode: "cubic" as InterpolateMode })).toThrow('no mode "cubic"');
  using flat = ones([4]);
  expect(() => interpolate(flat, { size: 2 })).toThrow(ShapeError);
});
