import { ones, tensor } from "@saccade/core";
import { guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { compareTensor, compareValues } from "./compare.ts";

guardMemory({ beforeEach, afterEach });

const tolerance = { atol: 0.1, rtol: 0.01 };
const compare = (got: number[], want: number[], exact = false) =>
  compareValues("out", got, want, [want.length], tolerance, exact);

test("absolute and relative tolerance", () => {
  expect(compare([1.1], [1])).toBeNull();
  expect(compare([102], [101])).toBeNull();
  expect(compare([1.2, 5], [1, 5])?.problem).toBe(
    "1 of 2 differ, max error 2.00e-1: 1.2 instead of 1 at [0]",
  );
});

test("NaN matches NaN, infinities match by sign", () => {
  expect(compare([Number.NaN, Number.POSITIVE_INFINITY], [Number.NaN, Number.POSITIVE_INFINITY])).toBeNull();
  expect(compare([Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY])?.problem).toContain(
    "Infinity instead of -Infinity",
  );
  expect(compare([0], [Number.NaN])?.problem).toBe("1 of 1 differ: 0 instead of NaN at [0]");
  expect(compare([Number.NaN], [0])?.problem).toContain("NaN instead of 0");
});

test("what f32 cannot hold is infinite where the reference is", () => {
  expect(compare([1e39], [Number.POSITIVE_INFINITY])).toBeNull();
  expect(compare([1e38], [Number.POSITIVE_INFINITY])).not.toBeNull();
});

test("integers exactly", () => {
  expect(compare([3], [3], true)).toBeNull();
  expect(compare([3], [3.0001], true)).not.toBeNull();
});

test("shape and kind first", async () => {
  using x = ones([2, 1]);
  const want = { kind: "float", shape: [2], values: Float64Array.of(1, 1) } as const;
  expect((await compareTensor("out", x, want, tolerance))?.problem).toBe("shape [2,1] instead of [2]");
  using i = tensor([1, 1], { dtype: "i32" });
  expect((await compareTensor("out", i, want, tolerance))?.problem).toBe("i32 instead of float");
});

test("says where", async () => {
  using x = tensor([
    [0, 0],
    [0, 7],
  ]);
  const want = { kind: "float", shape: [2, 2], values: new Float64Array(4) } as const;
  expect((await compareTensor("out", x, want, tolerance))?.problem).toContain("at [1,1]");
});
