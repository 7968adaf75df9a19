/**
 * Several views of one shape, as a loop nest in the argument area: dimensions of size 1 dropped, neighbours merged
 * wherever all views allow it. Read by assembly/strided.ts.
 *
 * Words at `slot`: rank (at least 1), number of elements, MAX_RANK sizes, then MAX_RANK strides for each view.
 */
import type { View } from "@saccade/core/backend";

/** Dimensions that may remain after merging. */
export const MAX_RANK = 12;

/** Words that a plan for that many views takes. */
export function stridedWords(views: number): number {
  return 2 + MAX_RANK * (1 + views);
}

/**
 * Writes the loop nest of `a` and up to three more views of the same shape; allocates nothing.
 *
 * @returns the rank after merging; with 1, and strides of 1 at `slot + 2 + MAX_RANK * (1 + view)`, memory is contiguous
 */
export function writeStrided(args: Int32Array, slot: number, a: View, b?: View, c?: View, d?: View): number {
  const { shape } = a;
  const sizes = slot + 2;
  const sa = sizes + MAX_RANK;
  const sb = sa + MAX_RANK;
  const sc = sb + MAX_RANK;
  const sd = sc + MAX_RANK;
  let count = 1;
  let last = -1; // index of the dimension written last
  for (let i = 0; i < shape.length; i++) {
    const size = shape[i];
    count *= size;
    if (size === 1) continue;
    const merges =
      last >= 0 &&
      args[sa + last] === a.strides[i] * size &&
      (b === undefined || args[sb + last] === b.strides[i] * size) &&
      (c === undefined || args[sc + last] === c.strides[i] * size) &&
      (d === undefined || args[sd + last] === d.strides[i] * size);
    if (merges) args[sizes + last] *= size;
    else {
      if (++last === MAX_RANK) throw new RangeError(`strided: more than ${MAX_RANK} dimensions ([${shape}])`);
      args[sizes + last] = size;
    }
    args[sa + last] = a.strides[i];
    if (b !== undefined) args[sb + last] = b.strides[i];
    if (c !== undefined) args[sc + last] = c.strides[i];
    if (d !== undefined) args[sd + last] = d.strides[i];
  }
  if (last < 0) {
    last = 0;
    args[sizes] = args[sa] = args[sb] = args[sc] = args[sd] = 1;
  }
  args[slot] = last + 1;
  args[slot + 1] = count;
  return last + 1;
}
