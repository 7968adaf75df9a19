import type { View } from "../backend.ts";
import { reshapeStrides } from "../layout.ts";
import type { Tensor } from "../tensor.ts";

/** The shape of `[..., width]` as rows, `[R, width]`. */
export function rowShape({ shape }: Tensor): [number, number] {
  const last = shape.length - 1;
  let rows = 1;
  for (let d = 0; d < last; d++) rows *= shape[d];
  return [rows, shape[last]];
}

/**
 * `x` as rows, for a kernel that knows nothing else; null where that would take a copy. Tapes do not see it, which
 * keeps them shorter than `reshape` would.
 */
export function rowView(x: Tensor): View | null {
  if (x.rank === 2) return x;
  const shape = rowShape(x);
  const strides = x.isContiguous ? [shape[1], 1] : reshapeStrides(x, shape);
  return strides && { buffer: x.buffer, dtype: x.dtype, shape, strides, offset: x.offset };
}

/** The same where it cannot fail: `x` is contiguous, or `supports` has looked. */
export function rowsOf(x: Tensor): View {
  return rowView(x) as View;
}
