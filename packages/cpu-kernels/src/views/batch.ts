import type { View } from "@saccade/core/backend";
import { MAX_RANK } from "./strided.ts";

/**
 * The leading dimensions of two views (all but the last `inner`), merged where both allow it, as a plan of two views
 * (see strided.ts) at `slot`.
 *
 * @returns the number of dimensions left: 0 if the batch has one item
 */
export function writeBatch(args: Int32Array, slot: number, a: View, b: View, inner: number): number {
  const sizes = slot + 2;
  const sa = sizes + MAX_RANK;
  const sb = sa + MAX_RANK;
  let count = 1;
  let rank = 0;
  for (let i = 0; i < a.shape.length - inner; i++) {
    const size = a.shape[i];
    count *= size;
    if (size === 1) continue;
    const last = rank - 1;
    if (rank > 0 && args[sa + last] === a.strides[i] * size && args[sb + last] === b.strides[i] * size) {
      args[sizes + last] *= size;
      args[sa + last] = a.strides[i];
      args[sb + last] = b.strides[i];
      continue;
    }
    if (rank === MAX_RANK)
      throw new RangeError(`matmul: more than ${MAX_RANK} batch dimensions ([${a.shape}])`);
    args[sizes + rank] = size;
    args[sa + rank] = a.strides[i];
    args[sb + rank] = b.strides[i];
    rank += 1;
  }
  args[slot] = rank;
  args[slot + 1] = count;
  return rank;
}
