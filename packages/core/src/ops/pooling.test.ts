import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { Key } from "../random/key.ts";
import { checkGradients, evaluate, evaluateAll, guardMemory } from "../testing/index.ts";
import { adaptiveAvgPool1d, adaptiveAvgPool2d, avgPool1d, avgPool2d } from "./avg-pool.ts";
import { ones } from "./fill.ts";
import { maxPool1d, maxPool1dWithIndices, maxPool2d, maxPool2dWithIndices } from "./max-pool.ts";
import { randn } from "./random.ts";

guardMemory({ beforeEach, afterEach });

test("indices are places in x, also behind padding and past the end", async () => {
  const [values, indices] = await evaluateAll(() => {
    const result = maxPool1dWithIndices(tensor([[-1, -2, -3, -4]]), 3, {
      stride: 2,
      padding: 1,
      ceilMode: true,
    });
    return [result.values, result.indices];
  });
  expect(values).toEqual([-1, -2, -4]);
  expect(indices).toEqual([0, 1, 3]);
});

test("in images they are row-major, and the first of equals", async () => {
  const [indices] = await evaluateAll(() => [maxPool2dWithIndices(ones([1, 4, 4]), 2).indices]);
  expect(indices).toEqual([0, 2, 8, 10]);
});

test("padding is never what is taken", async () => {
  const [indices] = await evaluateAll(() => {
    const x = tensor([[Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 1]]);
    return [maxPool1dWithIndices(x, 2, { stride: 2, padding: 1 }).indices];
  });
  expect(indices).toEqual([0, 2]);
});

test("NaN wins", async () => {
  expect(await evaluate(() => maxPool1d(tensor([[1, NaN, 3, 4]]), 2))).toEqual([NaN, 4]);
});

test("whether padding counts", async () => {
  expect(await evaluate(() => avgPool1d(tensor([[2, 4]]), 2, { stride: 2, padding: 1 }))).toEqual([1, 2]);
  const without = { stride: 2, padding: 1, countIncludePad: false };
  expect(await evaluate(() => avgPool1d(tensor([[2, 4]]), 2, without))).toEqual([2, 4]);
});

test("pieces as equal as they can be, overlapping where they must", async () => {
  expect(await evaluate(() => adaptiveAvgPool1d(tensor([[1, 2, 3, 4, 5]]), 2))).toEqual([2, 4]);
  expect(await evaluate(() => adaptiveAvgPool1d(tensor([[1, 3]]), 4))).toEqual([1, 1, 3, 3]);
});

describe("gradients", () => {
  test("of every pooling", async () => {
    using x = randn(new Key(0), [1, 2, 5, 6], { dtype: "f64" });
    const ceil = { stride: 2, padding: 1, ceilMode: true } as const;
    await checkGradients((a) => maxPool2d(a, [3, 2], ceil), [x]);
    await checkGradients((a) => avgPool2d(a, [3, 2], { ...ceil, countIncludePad: false }).square(), [x], {
      order: 2,
    });
    await checkGradients((a) => adaptiveAvgPool2d(a, [2, 4]).square(), [x], { order: 2 });
  });
});

test("says what is wrong", () => {
  using x = ones([1, 4]);
  expect(() => maxPool1d(x, 2, { padding: 2 })).toThrow(ArgumentError);
  expect(() => avgPool1d(x, 5)).toThrow(ShapeError);
  expect(() => maxPool2d(x, 2)).toThrow("with 2 spatial dimensions");
  expect(() => adaptiveAvgPool1d(x, 0)).toThrow(ArgumentError);
});
