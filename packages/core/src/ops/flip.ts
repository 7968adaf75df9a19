import { normalizeAxes } from "../layout.ts";
import { defineOp, runOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";

const flipOp = defineOp<[Tensor], { readonly axes: readonly number[] }>("flip", {
  alias: ([x], { axes }) => ({
    shape: x.shape,
    strides: x.strides.map((stride, d) => (axes.includes(d) ? -stride : stride)),
    offset: axes.reduce((offset, d) => offset + Math.max(0, x.shape[d] - 1) * x.strides[d], x.offset),
  }),
  vjp: ({ grad, attrs }) => [flip(grad, attrs.axes)],
});

/** Dimensions in reverse order, a view of negative strides. */
export function flip(x: Tensor, axes?: number | readonly number[]): Tensor {
  return runOne(flipOp, [x], { axes: normalizeAxes("flip", axes, x.rank) });
}
