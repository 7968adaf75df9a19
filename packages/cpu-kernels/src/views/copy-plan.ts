/**
 * The loop nest of a copy: dimensions ordered by the destination's strides, so that it is written as it lies in
 * memory, merged where both sides allow it. Then it is known what kind of copy it is.
 */
import type { View } from "@saccade/core/backend";
import type { Args } from "../memory/wasm-memory.ts";
import { PLAN_WORD } from "./operands.ts";
import { MAX_RANK } from "./strided.ts";

export type CopyKind = "contiguous" | "transposed" | "runs";

/** A dimension shorter than this is not worth a transpose. */
const MIN_TRANSPOSE = 4;

const sizes = new Int32Array(64);
const fromStrides = new Int32Array(64);
const toStrides = new Int32Array(64);

/** Writes the nest of `x` and `out` (equal shapes, no dimension of size 0); allocates nothing. */
export function writeCopyPlan({ i32 }: Args, x: View, out: View): CopyKind {
  const rank = merge(sortByDestination(x, out));
  if (rank > MAX_RANK) throw new RangeError(`copy: more than ${MAX_RANK} dimensions ([${x.shape}])`);
  const kind = classify(rank);
  let count = 1;
  for (let d = 0; d < rank; d++) {
    count *= sizes[d];
    i32[PLAN_WORD + 2 + d] = sizes[d];
    i32[PLAN_WORD + 2 + MAX_RANK + d] = fromStrides[d];
    i32[PLAN_WORD + 2 + 2 * MAX_RANK + d] = toStrides[d];
  }
  i32[PLAN_WORD] = rank;
  i32[PLAN_WORD + 1] = count;
  return kind;
}

/** The dimensions larger than 1, by falling strides of the destination; of equals, by those of the source. */
function sortByDestination(x: View, out: View): number {
  let rank = 0;
  for (let d = 0; d < x.shape.length; d++) {
    if (x.shape[d] === 1) continue;
    const from = x.strides[d];
    const to = out.strides[d];
    let at = rank++;
    for (; at > 0; at--) {
      const order =
        Math.abs(toStrides[at - 1]) - Math.abs(to) || Math.abs(fromStrides[at - 1]) - Math.abs(from);
      if (order >= 0) break;
      set(at, sizes[at - 1], fromStrides[at - 1], toStrides[at - 1]);
    }
    set(at, x.shape[d], from, to);
  }
  if (rank === 0) set(rank++, 1, 1, 1);
  return rank;
}

function set(d: number, size: number, from: number, to: number): void {
  sizes[d] = size;
  fromStrides[d] = from;
  toStrides[d] = to;
}

/** Merges neighbours that both sides run through without a gap; returns the rank left. */
function merge(rank: number): number {
  let last = 0;
  for (let d = 1; d < rank; d++) {
    const merges =
      fromStrides[last] === fromStrides[d] * sizes[d] && toStrides[last] === toStrides[d] * sizes[d];
    if (merges) set(last, sizes[last] * sizes[d], fromStrides[d], toStrides[d]);
    else set(++last, sizes[d], fromStrides[d], toStrides[d]);
  }
  return last + 1;
}

/** For a transpose, the dimension along which the source runs becomes the last but one. */
function classify(rank: number): CopyKind {
  const last = rank - 1;
  if (toStrides[last] !== 1) return "runs";
  if (fromStrides[last] === 1) return rank === 1 ? "contiguous" : "runs";
  if (fromStrides[last] === 0 || sizes[last] < MIN_TRANSPOSE) return "runs";
  for (let d = 0; d < last; d++) {
    if (fromStrides[d] !== 1 || sizes[d] < MIN_TRANSPOSE) continue;
    const size = sizes[d];
    const to = toStrides[d];
    for (let e = d; e < last - 1; e++) set(e, sizes[e + 1], fromStrides[e + 1], toStrides[e + 1]);
    set(last - 1, size, 1, to);
    return "transposed";
  }
  return "runs";
}
