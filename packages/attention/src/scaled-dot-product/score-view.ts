import { broadcastLayout, type Tensor, type View } from "@saccade/core";

/**
 * A mask or bias as kernels want it: broadcast to `[B, H, T, S]` by strides of 0.
 *
 * @throws ShapeError `attention: mask: [3,5] does not broadcast to [2,4,8,8]`
 */
export function scoreView(what: "mask" | "bias", x: Tensor | null, q: Tensor, k: Tensor): View | null {
  if (x === null) return null;
  const scores = [q.shape[0], q.shape[1], q.shape[2], k.shape[2]];
  return { buffer: x.buffer, dtype: x.dtype, ...broadcastLayout(`attention: ${what}`, x, scores) };
}
