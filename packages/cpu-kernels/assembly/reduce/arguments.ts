/**
 * Arguments of a reduction (src/views/reduce-plan.ts writes them): a loop nest of the kept dimensions, then the
 * reduced ones, so that an output and a position within it make one flat index.
 */
import { INPUTS, OUT, OWN, PLAN } from "../elementwise/operands";
import { planRank, planSize, planStride } from "../strided";

/** Which reduction: see `partial.ts`. */
export const KIND: usize = OWN;
/** Number of kept dimensions of the nest. */
export const KEPT: usize = OWN + 4;
/** Outputs, and elements that make one. */
export const OUTPUTS_COUNT: usize = OWN + 8;
export const LENGTH: usize = OWN + 12;
/** What chunks are converted to first: see `rows.ts`. */
export const CONVERSION: usize = OWN + 16;
/** dtype of the output. */
export const OUT_DTYPE: usize = OWN + 20;
/** Of the running kernel. */
export const SEGMENTS: usize = OWN + 24;
export const ROWS_PER_TILE: usize = OWN + 28;
export const BLOCKS: usize = OWN + 32;

// @ts-ignore: decorator
@inline export function base(): usize {
  return load<usize>(INPUTS);
}

// @ts-ignore: decorator
@inline export function output(): usize {
  return load<usize>(OUT);
}

/** Offset of an output's first element: from its index over the kept dimensions below `dimensions`. */
export function keptOffset(index: i32, dimensions: i32): i32 {
  let offset = 0;
  for (let d = dimensions - 1; d >= 0; --d) {
    const size = planSize(PLAN, d);
    const next = index / size;
    offset += (index - next * size) * planStride(PLAN, 0, d);
    index = next;
  }
  return offset;
}

/** Offset of position `index` over the reduced dimensions. */
export function reducedOffset(index: i32): i32 {
  let offset = 0;
  for (let d = planRank(PLAN) - 1; d >= load<i32>(KEPT); --d) {
    const size = planSize(PLAN, d);
    const next = index / size;
    offset += (index - next * size) * planStride(PLAN, 0, d);
    index = next;
  }
  return offset;
}

/** Whether the elements of an output are contiguous. */
export function rowsAreContiguous(): bool {
  const last = planRank(PLAN) - 1;
  return last == load<i32>(KEPT) && planStride(PLAN, 0, last) == 1;
}
