import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ShapeError } from "./errors.ts";
import {
  broadcastLayout,
  broadcastShapes,
  contiguousStrides,
  formatShape,
  isContiguous,
  normalizeAxes,
  normalizeAxis,
  reshapeStrides,
  sameShape,
  sizeOf,
} from "./layout.ts";

const at = (shape: readonly number[], strides: readonly number[], offset = 0) => ({ shape, strides, offset });

describe("shapes", () => {
  test("size, strides, printing", () => {
    expect(sizeOf([])).toBe(1);
    expect(sizeOf([2, 0, 3])).toBe(0);
    expect(contiguousStrides([2, 3, 4])).toEqual([12, 4, 1]);
    expect(contiguousStrides([])).toEqual([]);
    expect(formatShape([2, 3])).toBe("[2,3]");
    expect(sameShape([2, 3], [2, 3])).toBe(true);
    expect(sameShape([2, 3], [2])).toBe(false);
  });

  test("contiguous: row-major without gaps, whatever strides dimensions of 1 have", () => {
    expect(isContiguous(at([2, 3], [3, 1], 7))).toBe(true);
    expect(isContiguous(at([2, 3], [1, 2]))).toBe(false);
    expect(isContiguous(at([1, 3], [99, 1]))).toBe(true);
    expect(isContiguous(at([0, 3], [5, 5]))).toBe(true);
    expect(isContiguous(at([3], [-1], 2))).toBe(false);
    expect(isContiguous(at([], []))).toBe(true);
  });
});

describe("broadcasting", () => {
  test("aligns at the end", () => {
    expect(broadcastShapes("add", [2, 1, 3], [4, 1], [])).toEqual([2, 4, 3]);
    expect(broadcastShapes("add", [0, 3], [1, 3])).toEqual([0, 3]);
    expect(() => broadcastShapes("add", [2, 3], [2])).toThrow(
      new ShapeError("add: shapes do not broadcast ([2,3], [2])"),
    );
  });

  test("is stride 0", () => {
    expect(broadcastLayout("add", at([3, 1], [1, 1], 5), [2, 3, 4])).toEqual(at([2, 3, 4], [0, 1, 0], 5));
    expect(() => broadcastLayout("add", at([3], [1]), [3, 2])).toThrow(ShapeError);
    expect(() => broadcastLayout("add", at([2, 3], [3, 1]), [3])).toThrow(ShapeError);
  });
});

describe("axes", () => {
  test("count from both ends", () => {
    expect(normalizeAxis("sum", -1, 3)).toBe(2);
    expect(normalizeAxes("sum", [-1, 0], 3)).toEqual([0, 2]);
    expect(normalizeAxes("sum", undefined, 2)).toEqual([0, 1]);
    for (const axis of [3, -4, 0.5]) expect(() => normalizeAxis("sum", axis, 3)).toThrow(ShapeError);
    expect(() => normalizeAxes("sum", [1, -2], 3)).toThrow("sum: an axis is named twice ([1,1])");
  });
});

describe("reshapeStrides", () => {
  test("keeps a view where strides allow it", () => {
    expect(reshapeStrides(at([2, 3, 4], [12, 4, 1]), [6, 4])).toEqual([4, 1]);
    expect(reshapeStrides(at([4, 2, 3], [1, 12, 4]), [4, 6])).toEqual([1, 4]);
    expect(reshapeStrides(at([4, 6], [1, 4]), [2, 2, 6])).toEqual([2, 1, 4]);
    expect(reshapeStrides(at([3], [0]), [3, 1])).toEqual([0, 1]);
    expect(reshapeStrides(at([2, 3], [1, 2]), [6])).toBeNull();
    expect(reshapeStrides(at([0, 3], [7, 7]), [3, 0])).toEqual([0, 1]);
  });

  test("shows every element where it was (any strides, any split)", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
    const layouts = sizes.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        strides: fc.array(fc.integer({ min: -5, max: 13 }), {
          minLength: shape.length,
          maxLength: shape.length,
        }),
        offset: fc.constant(1000),
      }),
    );
    fc.assert(
      fc.property(layouts, fc.nat(), (layout, seed) => {
        const shape = factorisation(sizeOf(layout.shape), seed);
        const strides = reshapeStrides(layout, shape);
        if (strides === null) return;
        expect(positionsOf({ shape, strides, offset: layout.offset })).toEqual(positionsOf(layout));
      }),
    );
  });
});

/** One of the shapes with this many elements. */
function factorisation(size: number, seed: number): number[] {
  if (size === 1) return seed % 2 === 0 ? [] : [1];
  const divisors = Array.from({ length: size }, (_, i) => i + 1).filter((d) => size % d === 0);
  const first = divisors[seed % divisors.length];
  return first === 1 ? [1, size] : [first, ...factorisation(size / first, Math.floor(seed / 3))];
}

function positionsOf(layout: {
  shape: readonly number[];
  strides: readonly number[];
  offset: number;
}): number[] {
  return layout.shape
    .map((size, d) => Array.from({ length: size }, (_, i) => i * layout.strides[d]))
    .reduce((all, steps) => all.flatMap((p) => steps.map((step) => p + step)), [layout.offset]);
}
