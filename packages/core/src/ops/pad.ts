import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape, type Layout } from "../layout.ts";
import { defineOp, runOne } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { concat } from "./concat.ts";
import { expand } from "./expand.ts";
import { flip } from "./flip.ts";
import { placedKernel } from "./placed.ts";
import { narrow, slice } from "./slice.ts";

interface PadAttrs {
  /** Elements in front of and behind each dimension. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly value: number;
}

function innerLayout({ shape, strides, offset }: Layout, { before, after }: PadAttrs): Layout {
  return {
    shape: shape.map((size, d) => size - before[d] - after[d]),
    strides,
    offset: before.reduce((start, count, d) => start + count * strides[d], offset),
  };
}

const padOp = defineOp<readonly [Tensor], PadAttrs>("pad", {
  infer: ([x], { before, after }) => [
    { dtype: x.dtype, shape: x.shape.map((size, d) => before[d] + size + after[d]) },
  ],
  kernel: placedKernel<PadAttrs>(innerLayout, ({ value }) => value),
  vjp: ({ grad, specs, attrs: { before } }) => [
    slice(grad, ...before.map((start, d) => [start, start + specs[0].shape[d]] as const)),
  ],
});

/** What stands outside: a number, or the tensor mirrored (without its edge), its edge, or the tensor again. */
export type PadMode = "constant" | "reflect" | "replicate" | "circular";

/** How far each dimension is padded, from pairs that begin with the last dimension. */
function sides(x: Tensor, amounts: readonly number[]): { before: number[]; after: number[] } {
  const fits = amounts.length % 2 === 0 && amounts.length <= 2 * x.rank && amounts.every(Number.isInteger);
  if (!fits)
    throw new ShapeError(
      `pad: needs pairs of integers, at most ${x.rank} (got ${formatShape(amounts)} for ${x.describe()})`,
    );
  const before = x.shape.map((_, d) => amounts[2 * (x.rank - 1 - d)] ?? 0);
  const after = x.shape.map((_, d) => amounts[2 * (x.rank - 1 - d) + 1] ?? 0);
  return { before, after };
}

/** Negative padding takes elements away. */
function crop(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  return x.shape.reduce((cropped, size, d) => {
    const [start, end] = [Math.max(0, -before[d]), size - Math.max(0, -after[d])];
    if (end < start)
      throw new ShapeError(
        `pad: nothing is left of dimension ${d} (${before[d]}, ${after[d]} on ${x.describe()})`,
      );
    return start === 0 && end === size ? cropped : narrow(cropped, d, start, end - start);
  }, x);
}

/** One dimension longer by what the mode says. */
function extend(
  x: Tensor,
  mode: Exclude<PadMode, "constant">,
  axis: number,
  before: number,
  after: number,
): Tensor {
  const size = x.shape[axis];
  const room =
    mode === "reflect" ? size - 1 : mode === "circular" ? size : size > 0 ? Number.POSITIVE_INFINITY : 0;
  if (Math.max(before, after) > room) {
    throw new ShapeError(
      `pad: ${mode} needs more than ${size} elements for (${before}, ${after}) (dimension ${axis} of ${x.describe()})`,
    );
  }
  const edge = (at: number, count: number) =>
    expand(
      narrow(x, axis, at, 1),
      x.shape.map((n, d) => (d === axis ? count : n)),
    );
  const pieces = {
    reflect: () => [
      flip(narrow(x, axis, 1, before), axis),
      x,
      flip(narrow(x, axis, size - 1 - after, after), axis),
    ],
    replicate: () => [edge(0, before), x, edge(size - 1, after)],
    circular: () => [narrow(x, axis, size - before, before), x, narrow(x, axis, 0, after)],
  };
  return before === 0 && after === 0 ? x : concat(pieces[mode](), axis);
}

/**
 * A larger tensor with x inside.
 *
 * @param amounts  elements `[before, after]` of the last dimension, then of the one before it, ...; negative ones take
 *   elements away
 * @param options.mode  what stands outside; default "constant"
 * @param options.value  the number of "constant"; default 0
 * @throws ShapeError if pairs and dimensions do not fit, or a mode needs more elements than there are
 * @example pad(tensor([1, 2, 3]), [1, 2], { mode: "reflect" }); // => [2, 1, 2, 3, 2, 1]
 */
export function pad(
  x: Tensor,
  amounts: readonly number[],
  options: { readonly mode?: PadMode; readonly value?: number } = {},
): Tensor {
  return tidy(() => {
    const { mode = "constant", value = 0 } = options;
    if (mode !== "constant" && options.value)
      throw new ArgumentError(`pad: ${mode} takes no value (got ${value})`);
    const { before, after } = sides(x, amounts);
    const inner = crop(x, before, after);
    const positive = (counts: readonly number[]): number[] => counts.map((n) => Math.max(0, n));
    if (mode === "constant") {
      if ([...before, ...after].every((n) => n <= 0)) return inner;
      return runOne(padOp, [inner], { before: positive(before), after: positive(after), value });
    }
    return before.reduce(
      (padded, count, d) => extend(padded, mode, d, Math.max(0, count), Math.max(0, after[d])),
      inner,
    );
  });
}
