import { broadcastLayout, type Tensor, type View } from "@saccade/core";
import type { ScoreTuple } from "./score-inputs.ts";

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

/** What both kernels are called with first: q, k, v, mask and bias broadcast, slopes, ranges. */
export function scoreViews([q, k, v, mask, bias, slopes, ranges]: readonly [
  ...ScoreTuple,
  ...(Tensor | null)[],
]): [View, View, View, View | null, View | null, View | null, View | null] {
  return [q, k, v, scoreView("mask", mask, q, k), scoreView("bias", bias, q, k), slopes, ranges];
}

/** Queries and keys of a block of a block mask. */
export const BLOCK = 64;

/** What both kernels are called with last: blocks broadcast to all batch items and heads, and captured tensors. */
export function modViews(
  [blocks = null, ...captured]: readonly (Tensor | null)[],
  [q, k]: readonly [Tensor, Tensor, ...unknown[]],
  hasMods: boolean,
): [] | [View | null, ...View[]] {
  if (!hasMods) return [];
  const views: View[] = captured.filter((x) => x !== null);
  if (blocks === null) return [null, ...views];
  const shape = [...q.shape.slice(0, 2), Math.ceil(q.shape[2] / BLOCK), Math.ceil(k.shape[2] / BLOCK)];
  const layout = broadcastLayout("attention: blocks", blocks, shape);
  return [{ buffer: blocks.buffer, dtype: blocks.dtype, ...layout }, ...views];
}
