import { ArgumentError, ShapeError } from "../errors.ts";
import { type Layout, normalizeAxis } from "../layout.ts";
import { defineOp, type Op, runOne } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { arange } from "./arange.ts";
import { add, mul } from "./arithmetic.ts";
import { expand } from "./expand.ts";
import { scatterAddInto } from "./gather.ts";
import { moveAxis } from "./permute.ts";
import { reshape, unsqueeze } from "./reshape.ts";

/** Window i of an axis begins at `i step`; its elements lie `dilation` apart, in a new last dimension. */
interface UnfoldAttrs {
  readonly axis: number;
  readonly size: number;
  readonly step: number;
  readonly dilation: number;
}

/** How many whole windows fit into `length` elements. */
export function windowCount(length: number, size: number, step: number, dilation: number): number {
  return Math.max(0, Math.floor((length - dilation * (size - 1) - 1) / step) + 1);
}

function unfoldLayout(
  { shape, strides, offset }: Layout,
  { axis, size, step, dilation }: UnfoldAttrs,
): Layout {
  return {
    shape: [
      ...shape.map((length, d) => (d === axis ? windowCount(length, size, step, dilation) : length)),
      size,
    ],
    strides: [...strides.map((stride, d) => (d === axis ? stride * step : stride)), strides[axis] * dilation],
    offset,
  };
}

const unfoldOp: Op<readonly [Tensor], UnfoldAttrs> = defineOp<readonly [Tensor], UnfoldAttrs>("unfold", {
  alias: ([x], attrs) => unfoldLayout(x, attrs),
  vjp: ({ grad, attrs, specs }) => [foldWindows(grad, { ...attrs, length: specs[0].shape[attrs.axis] })],
});

/**
 * Windows along an axis, a view: that dimension counts them, and a new last dimension walks through each. Elements
 * after the last whole window are left out.
 *
 * @param size  elements of a window
 * @param step  elements between the beginnings of windows
 * @param dilation  elements between those of a window
 * @throws ArgumentError unless all three are positive integers; ShapeError if not even one window fits
 * @example unfold(arange(0, 5), 0, 3, 2); // => [[0, 1, 2], [2, 3, 4]]
 */
export function unfold(x: Tensor, axis: number, size: number, step: number, dilation = 1): Tensor {
  if (![size, step, dilation].every((n) => Number.isInteger(n) && n > 0)) {
    throw new ArgumentError(
      `unfold: size, step and dilation must be positive integers (got ${size}, ${step}, ${dilation})`,
    );
  }
  const at = normalizeAxis("unfold", axis, x.rank);
  if (windowCount(x.shape[at], size, step, dilation) === 0) {
    throw new ShapeError(
      `unfold: a window of ${dilation * (size - 1) + 1} elements does not fit dimension ${at} of ${x.describe()}`,
    );
  }
  return runOne(unfoldOp, [x], { axis: at, size, step, dilation });
}

/**
 * The adjoint of `unfold`: adds up the windows, `[..., count, ..., size] -> [..., length, ...]`; where windows overlap
 * their elements sum, where none reaches there are zeros.
 *
 * @example foldWindows(ones([2, 3]), { axis: 0, step: 2, dilation: 1, length: 5 }); // => [1, 1, 2, 1, 1]
 */
export function foldWindows(
  windows: Tensor,
  { axis, step, dilation, length }: Omit<UnfoldAttrs, "size"> & { readonly length: number },
): Tensor {
  return tidy(() => {
    const size = windows.shape[windows.rank - 1];
    const count = windows.shape[axis];
    const beside = moveAxis(windows, -1, axis + 1); // [..., count, size, ...]
    const shape = (middle: number): number[] =>
      beside.shape.flatMap((n, d) => (d === axis ? [middle] : d === axis + 1 ? [] : [n]));
    const flat = reshape(beside, shape(count * size));
    if (step === size && dilation === 1 && count * size === length) return flat; // each element in one window
    const { backend } = windows;
    const starts = unsqueeze(mul(arange(0, count, 1, { backend }), step), 1);
    const within = mul(arange(0, size, 1, { backend }), dilation);
    const index = reshape(
      add(starts, within),
      flat.shape.map((_, d) => (d === axis ? count * size : 1)),
    );
    return scatterAddInto(shape(length), expand(index, flat.shape), flat, axis);
  });
}
