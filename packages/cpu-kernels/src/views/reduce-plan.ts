/**
 * The loop nest of a reduction: kept dimensions in order, then the reduced ones in order, merged within each group.
 * Read by assembly/reduce/arguments.ts.
 */
import type { View } from "@saccade/core/backend";
import type { Args } from "../memory/wasm-memory.ts";
import { OWN_WORD, PLAN_WORD } from "./operands.ts";
import { MAX_RANK } from "./strided.ts";

const SIZES = PLAN_WORD + 2;
const STRIDES = SIZES + MAX_RANK;
const KEPT_WORD = OWN_WORD + 1;

/** What the kernel choice depends on. */
export interface ReducePlan {
  outputs: number;
  length: number;
  /** Stride and size of the innermost kept dimension; 0 if none is kept. */
  keptStride: number;
  keptSize: number;
  /** Stride of the innermost reduced dimension. */
  reducedStride: number;
}

const plan: ReducePlan = { outputs: 1, length: 1, keptStride: 0, keptSize: 0, reducedStride: 1 };

/** Writes the nest; the result is valid until the next call (nothing is allocated). */
export function writeReducePlan({ i32 }: Args, x: View, axes: readonly number[]): Readonly<ReducePlan> {
  const kept = writeGroup(i32, x, axes, false, 0);
  const keptRank = kept;
  plan.keptStride = keptRank > 0 ? i32[STRIDES + keptRank - 1] : 0;
  plan.keptSize = keptRank > 0 ? i32[SIZES + keptRank - 1] : 0;
  let rank = writeGroup(i32, x, axes, true, keptRank);
  if (rank === keptRank) {
    i32[SIZES + rank] = i32[STRIDES + rank] = 1;
    rank += 1;
  }
  plan.reducedStride = i32[STRIDES + rank - 1];
  plan.outputs = 1;
  plan.length = 1;
  for (let d = 0; d < x.shape.length; d++) {
    if (axes.includes(d)) plan.length *= x.shape[d];
    else plan.outputs *= x.shape[d];
  }
  i32[PLAN_WORD] = rank;
  i32[PLAN_WORD + 1] = plan.outputs * plan.length;
  i32[KEPT_WORD] = keptRank;
  i32[KEPT_WORD + 1] = plan.outputs;
  i32[KEPT_WORD + 2] = plan.length;
  return plan;
}

/** Appends the dimensions that are (or are not) reduced from nest dimension `rank` on; returns the new rank. */
function writeGroup(
  i32: Int32Array,
  x: View,
  axes: readonly number[],
  reduced: boolean,
  rank: number,
): number {
  const first = rank;
  for (let d = 0; d < x.shape.length; d++) {
    const size = x.shape[d];
    if (size === 1 || axes.includes(d) !== reduced) continue;
    const stride = x.strides[d];
    if (rank > first && i32[STRIDES + rank - 1] === stride * size) i32[SIZES + rank - 1] *= size;
    else {
      if (rank === MAX_RANK - 1) throw new RangeError(`reduce: too many dimensions ([${x.shape}])`);
      i32[SIZES + rank++] = size;
    }
    i32[STRIDES + rank - 1] = stride;
  }
  return rank;
}
