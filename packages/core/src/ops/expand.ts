import { broadcastLayout, sameShape } from "../layout.ts";
import { defineOp, runOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";

const expandOp = defineOp<[Tensor], { readonly shape: readonly number[] }>("expand", {
  alias: ([x], { shape }) => broadcastLayout("expand", x, shape),
  // The walker sums the gradient down to the shape of the input.
  vjp: ({ grad }) => [grad],
});

/**
 * Broadcast to `shape`, a view of stride 0: sizes of 1 repeat, new dimensions come in front, -1 keeps a size.
 *
 * @throws ShapeError if it does not broadcast
 * @example const y = expand(ones([3, 1]), [2, 3, 4]);
 */
export function expand(x: Tensor, shape: readonly number[]): Tensor {
  const lead = shape.length - x.rank;
  const resolved = shape.map((size, d) => (size === -1 && d >= lead ? x.shape[d - lead] : size));
  return sameShape(resolved, x.shape) ? x : runOne(expandOp, [x], { shape: resolved });
}
