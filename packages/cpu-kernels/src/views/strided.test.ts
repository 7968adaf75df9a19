import type { View } from "@saccade/core/backend";
import { expect, test } from "vitest";
import { MAX_RANK, stridedWords, writeStrided } from "./strided.ts";

const view = (shape: number[], strides: number[]): View => ({
  buffer: 0,
  dtype: "f32",
  shape,
  strides,
  offset: 0,
});

function plan(a: View, b?: View) {
  const args = new Int32Array(stridedWords(4));
  const rank = writeStrided(args, 0, a, b);
  const words = (from: number) => [...args.subarray(from, from + rank)];
  return {
    count: args[1],
    sizes: words(2),
    a: words(2 + MAX_RANK),
    b: b ? words(2 + 2 * MAX_RANK) : [],
  };
}

test("contiguous views become one dimension", () => {
  expect(plan(view([2, 3, 4], [12, 4, 1]))).toEqual({ count: 24, sizes: [24], a: [1], b: [] });
});

test("dimensions merge only where all views allow it", () => {
  const a = view([2, 3, 4], [12, 4, 1]);
  const b = view([2, 3, 4], [0, 4, 1]);
  expect(plan(a, b)).toEqual({ count: 24, sizes: [2, 12], a: [12, 1], b: [0, 1] });
});

test("a transposed view stays two-dimensional, ones are dropped, broadcasts merge", () => {
  expect(plan(view([3, 1, 4], [1, 77, 3])).sizes).toEqual([3, 4]);
  expect(plan(view([3, 4], [0, 0]))).toEqual({ count: 12, sizes: [12], a: [0], b: [] });
});

test("scalars and empty views", () => {
  expect(plan(view([], []))).toEqual({ count: 1, sizes: [1], a: [1], b: [] });
  expect(plan(view([0, 3], [3, 1])).count).toBe(0);
});
