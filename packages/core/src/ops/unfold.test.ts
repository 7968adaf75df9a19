import { afterEach, beforeEach, expect, test } from "vitest";
import { ArgumentError, ShapeError } from "../errors.ts";
import { vjp } from "../grad.ts";
import { Key } from "../random/key.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { arange } from "./arange.ts";
import { ones } from "./fill.ts";
import { randn } from "./random.ts";
import { foldWindows, unfold, windowCount } from "./unfold.ts";

guardMemory({ beforeEach, afterEach });

test("windows with steps and gaps", async () => {
  expect(await evaluate(() => unfold(arange(0, 7), 0, 2, 2, 3))).toEqual([0, 3, 2, 5]);
  expect(windowCount(7, 2, 2, 3)).toBe(2);
  expect(windowCount(3, 4, 1, 1)).toBe(0);
});

test("is a view", () => {
  using x = ones([8]);
  using y = unfold(x, 0, 4, 1);
  expect(y.storage).toBe(x.storage);
});

test("overlaps add up in the gradient, what no window reaches gets none", async () => {
  expect(
    await evaluate(() => {
      const x = ones([6]);
      return vjp(() => [unfold(x, 0, 3, 2)], [x], [ones([2, 3])]).grads[0];
    }),
  ).toEqual([1, 1, 2, 1, 1, 0]);
});

test("fold is its adjoint, along any axis", async () => {
  using x = randn(new Key(0), [2, 7, 3], { dtype: "f64" });
  await checkGradients((a) => unfold(a, 1, 3, 2, 2).square(), [x], { order: 2 });
  using y = randn(new Key(1), [2, 3, 2, 4], { dtype: "f64" });
  await checkGradients((a) => foldWindows(a, { axis: 1, step: 2, dilation: 1, length: 9 }).square(), [y], {
    order: 2,
  });
  await checkGradients((a) => foldWindows(a, { axis: 1, step: 4, dilation: 1, length: 12 }), [y]);
});

test("says what is wrong", () => {
  using x = ones([3]);
  expect(() => unfold(x, 0, 0, 1)).toThrow(ArgumentError);
  expect(() => unfold(x, 0, 2, 1, 3)).toThrow(ShapeError);
  expect(() => unfold(x, 0, 2, 1, 3)).toThrow("a window of 4 elements does not fit");
});
