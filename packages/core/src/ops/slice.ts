import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape, type Layout, normalizeAxis } from "../layout.ts";
import { defineOp, type Op, runOne } from "../op.ts";
import { scoped } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { placedKernel } from "./placed.ts";
import { reshape } from "./reshape.ts";

/** A slice of every dimension: where it begins, its step (not 0), and how many elements it takes. */
interface SliceAttrs {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  readonly sizes: readonly number[];
}

function sliceLayout(source: Layout, { starts, steps, sizes }: SliceAttrs): Layout {
  return {
    shape: sizes,
    strides: source.strides.map((stride, d) => stride * steps[d]),
    offset: starts.reduce((offset, start, d) => offset + start * source.strides[d], source.offset),
  };
}

const sliceOp: Op<readonly [Tensor], SliceAttrs> = defineOp<[Tensor], SliceAttrs>("slice", {
  alias: ([x], attrs) => sliceLayout(x, attrs),
  vjp: ({ grad, attrs, specs }) => [runOne(unsliceOp, [grad], { ...attrs, shape: specs[0].shape })],
});

interface UnsliceAttrs extends SliceAttrs {
  readonly shape: readonly number[];
}

/** The adjoint of `slice`. */
const unsliceOp: Op<readonly [Tensor], UnsliceAttrs> = defineOp<[Tensor], UnsliceAttrs>("unslice", {
  infer: ([x], { shape }) => [{ dtype: x.dtype, shape }],
  kernel: placedKernel<UnsliceAttrs>(sliceLayout),
  vjp: ({ grad, attrs }) => [runOne(sliceOp, [grad], attrs)],
});

/** `[start, end, step]` as in Python: negative counts from the end, null is the default, out of range is clipped. */
export type SliceRange = readonly [start?: number | null, end?: number | null, step?: number];

function resolveRange(range: SliceRange, size: number): { start: number; step: number; count: number } {
  const [start, end, step = 1] = range;
  if (!Number.isInteger(step) || step < 1)
    throw new ArgumentError(`slice: the step must be a positive integer (got ${step}); flip() reverses`);
  const clip = (at: number): number => Math.max(0, Math.min(size, at < 0 ? at + size : at));
  const from = clip(start ?? 0);
  const to = clip(end ?? size);
  if (!Number.isInteger(from) || !Number.isInteger(to))
    throw new ArgumentError(`slice: bounds must be integers (got ${start}, ${end})`);
  return { start: from, step, count: Math.max(0, Math.ceil((to - from) / step)) };
}

/**
 * A part of a tensor, a view. One entry per dimension, from the first: a range `[start, end, step]`, an integer (takes
 * that element and drops the dimension), or `null` (all of it). Dimensions that are not named are whole.
 *
 * @throws ShapeError if there are more entries than dimensions, or an integer is out of range
 * @example
 * const x = arange(0, 12).reshape([3, 4]);
 * const y = slice(x, [1, null], [0, null, 2]); // rows 1.., every second column: [2, 2]
 * const last = slice(x, -1); // [4]
 */
export function slice(x: Tensor, ...ranges: readonly (SliceRange | number | null)[]): Tensor {
  if (ranges.length > x.rank) throw new ShapeError(`slice: ${ranges.length} ranges for ${x.describe()}`);
  const starts: number[] = [];
  const steps: number[] = [];
  const sizes: number[] = [];
  x.shape.forEach((size, d) => {
    const range = ranges[d] ?? [];
    if (typeof range === "number") {
      if (!Number.isInteger(range) || range < -size || range >= size) {
        throw new ShapeError(`slice: index ${range} is out of range for dimension ${d} of ${x.describe()}`);
      }
      starts.push(range < 0 ? range + size : range);
      steps.push(1);
      sizes.push(1);
      return;
    }
    const { start, step, count } = resolveRange(range, size);
    starts.push(start);
    steps.push(step);
    sizes.push(count);
  });
  const kept = sizes.filter((_, d) => typeof ranges[d] !== "number");
  if (kept.length === x.rank) return runOne(sliceOp, [x], { starts, steps, sizes });
  return scoped(() => reshape(runOne(sliceOp, [x], { starts, steps, sizes }), kept));
}

/** Elements `start` to `start + length` of one dimension, a view. */
export function narrow(x: Tensor, axis: number, start: number, length: number): Tensor {
  const at = normalizeAxis("narrow", axis, x.rank);
  if (!(start >= 0 && length >= 0 && start + length <= x.shape[at])) {
    throw new ShapeError(
      `narrow: [${start}, ${start + length}) is not inside dimension ${axis} of ${formatShape(x.shape)}`,
    );
  }
  if (!Number.isInteger(start) || !Number.isInteger(length))
    throw new ArgumentError(`narrow: start and length must be integers (got ${start}, ${length})`);
  const starts = x.shape.map((_, d) => (d === at ? start : 0));
  const steps = x.shape.map(() => 1);
  const sizes = x.shape.map((size, d) => (d === at ? length : size));
  return runOne(sliceOp, [x], { starts, steps, sizes });
}
