/**
 * Kernels that treat one row (the last dimension) at a time.
 *
 * Idea: a row whose elements are neighbours is used in place, any other is copied to a stage first. JavaScript writes
 * the loop nest of all dimensions but the last to PLAN, and the last strides beside the inputs (`writeRows`).
 */
import { COUNT, FREE_SCRATCH, INPUTS, OUT, PLAN, inputMode, inputPointer } from "../elementwise/operands";
import { moveRun } from "../elementwise/runs";
import { scratch } from "../layout";
import { planRank, planSize, planStride } from "../strided";

/** Rows, and elements of a row. */
export const ROWS: usize = COUNT;
export const WIDTH: usize = INPUTS - 4;

/** Longest row that is staged, and that norms take. */
export const MAX_STAGED: i32 = 32768;

/** Stage `i` (0 to 3) for a row of up to MAX_STAGED floats. */
// @ts-ignore: decorator
@inline export function rowStage(thread: i32, i: i32): usize {
  return scratch(thread) + FREE_SCRATCH + ((<usize>MAX_STAGED << 2) * <usize>i);
}

/** The elements of row `row` of input v, contiguous; `stage` serves where they are not. */
export function rowOf(v: i32, row: i32, stage: usize): usize {
  const width = load<i32>(WIDTH);
  const base = inputPointer(v);
  if (inputMode(v) == 0) return base + ((<usize>row * <usize>width) << 2);
  let offset = 0;
  for (let d = planRank(PLAN) - 1; d >= 0; --d) {
    const size = planSize(PLAN, d);
    const next = row / size;
    offset += (row - next * size) * planStride(PLAN, v, d);
    row = next;
  }
  const from = base + (<usize>offset << 2);
  const stride = load<i32>(INPUTS + (<usize>v << 4), 12);
  if (stride == 1) return from;
  moveRun(from, stride, stage, 1, width, 2);
  return stage;
}

/** Row `row` of an output. */
// @ts-ignore: decorator
@inline export function outRow(slot: i32, row: i32): usize {
  return load<usize>(OUT + (<usize>slot << 2)) + ((<usize>row * <usize>load<i32>(WIDTH)) << 2);
}

/** Rows of a tile: some 16384 elements. */
export function rowsPerTile(): i32 {
  return max(1, 16384 / load<i32>(WIDTH));
}

/** Up to three floats at the end of a row; the other lanes come from `fill`. */
// @ts-ignore: decorator
@inline export function loadPart(at: usize, count: i32, fill: v128): v128 {
  let v = v128.load_lane<u32>(at, fill, 0);
  if (count > 1) v = v128.load_lane<u32>(at, v, 1, 4);
  if (count > 2) v = v128.load_lane<u32>(at, v, 2, 8);
  return v;
}

/** The first one to three lanes. */
// @ts-ignore: decorator
@inline export function storePart(at: usize, v: v128, count: i32): void {
  v128.store_lane<u32>(at, v, 0);
  if (count > 1) v128.store_lane<u32>(at, v, 1, 4);
  if (count > 2) v128.store_lane<u32>(at, v, 2, 8);
}

/** The four lanes in double precision. */
// @ts-ignore: decorator
@inline export function wideSum(v: v128): f64 {
  const low = f64x2.promote_low_f32x4(v);
  const high = f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
  const pairs = f64x2.add(low, high);
  return f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
}
