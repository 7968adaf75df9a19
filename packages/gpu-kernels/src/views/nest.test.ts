import type { View } from "@saccade/core/backend";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isContiguous, nestOf, splitAxes } from "./nest.ts";

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 });

function view(shape: readonly number[], strides: readonly number[]): View {
  return { buffer: 0, dtype: "f32", shape, strides, offset: 0 };
}

/** Where each element lies, in row-major order. */
function places(sizes: readonly number[], strides: readonly number[]): number[] {
  return sizes.reduce<number[]>(
    (all, size, d) => all.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * strides[d])),
    [0],
  );
}

test("a merged nest visits the same places", () => {
  fc.assert(
    fc.property(shapes, fc.infiniteStream(fc.integer({ min: -6, max: 6 })), (shape, numbers) => {
      const views = [0, 1].map(() =>
        view(
          shape,
          shape.map(() => numbers.next().value),
        ),
      );
      const nest = nestOf(views);
      views.forEach((one, v) => {
        expect(places(nest.sizes, nest.strides[v])).toEqual(places(shape, one.strides));
      });
    }),
  );
});

test("what is contiguous is one loop", () => {
  expect(nestOf([view([2, 1, 3, 4], [12, 7, 4, 1])])).toEqual({ sizes: [24], strides: [[1]] });
  expect(isContiguous(view([2, 1, 3], [3, 99, 1]))).toBe(true);
  expect(isContiguous(view([2, 3], [1, 2]))).toBe(false);
  expect(isContiguous(view([0, 3], [1, 2]))).toBe(true);
});

test("axes are taken apart in order", () => {
  const { kept, taken } = splitAxes(view([2, 3, 4], [12, 4, 1]), [0, 2]);
  expect([kept.shape, kept.strides]).toEqual([[3], [4]]);
  expect([taken.shape, taken.strides]).toEqual([
    [2, 4],
    [12, 1],
  ]);
});
