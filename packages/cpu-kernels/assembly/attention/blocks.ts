/**
 * One idea: scores are kept transposed, `[key][query]`, 64 x 64 at a time. Then K is the row-major operand of
 * `K Q^T` as it lies in memory, softmax runs down columns without crossing lanes, and the block is at once the
 * transposed operand of `P V` and the row-major one of `P^T dO`. Only Q (and dO) are packed, once per query block.
 *
 * A panel is 8 queries: the unit in which masked-out keys are skipped.
 */
import { packPanel, packRows } from "../gemm-pack";
import { CAUSAL, E, EV, LEFT, RIGHT, S, stride, T } from "./arguments";

/** Queries and keys of a block. */
export const BLOCK: i32 = 64;
export const PANELS: i32 = BLOCK / 8;
/** Bytes from key to key in a block of scores: an odd number of cache lines. */
export const SCORE_STEP: usize = 320;

/** Bytes of a padded row of `width` floats in scratch. */
// @ts-ignore: decorator
@inline
export function paddedRow(width: i32): usize {
  return <usize>((width + 7) & ~7) << 2;
}

/** The first key that query `t` may see (perhaps beyond the last). */
export function firstKey(t: i32): i32 {
  const left = load<i32>(LEFT);
  return left < 0 ? 0 : max(0, t + load<i32>(S) - load<i32>(T) - left);
}

/** The key behind the last one that query `t` may see. */
export function endKey(t: i32): i32 {
  const s = load<i32>(S), right = load<i32>(RIGHT);
  const diagonal = t + s - load<i32>(T);
  let end = s;
  if (load<i32>(CAUSAL)) end = min(end, diagonal + 1);
  if (right >= 0) end = min(end, diagonal + right + 1);
  return max(0, end);
}

// What a thread has in its scratch, after 32 KiB of small arrays and score blocks.
export const MAXIMUM: usize = 0; // 64 floats each
export const SUM: usize = 256;
export const RESCALE: usize = 512;
export const ROW_LSE: usize = 768;
export const ROW_DELTA: usize = 1024;
export const PANEL_FIRST: usize = 1280; // keys of the block that each panel sees, 8 words each
export const PANEL_END: usize = 1344;
export const WORDS: usize = 1408; // 32 bytes for random blocks
export const SCORES: usize = 0x800;
export const D_SCORES: usize = SCORES + 64 * SCORE_STEP;
/** Bias, -inf where masked. */
export const EXTRA: usize = D_SCORES + 64 * SCORE_STEP;
/** 0, or what a kept weight is multiplied with. */
export const KEEP: usize = EXTRA + 64 * SCORE_STEP;
const AREAS: usize = KEEP + 64 * SCORE_STEP;

/** Areas of 64 padded rows: number `i`, each as wide as the wider of E and Ev. */
// @ts-ignore: decorator
@inline
export function area(scratch: usize, i: i32): usize {
  return scratch + AREAS + <usize>i * 64 * paddedRow(max(load<i32>(E), load<i32>(EV)));
}

/** Whether rows of an f32 operand can be read where they are: dense in the last dimension and not far apart. */
// @ts-ignore: decorator
@inline
export function readable(operand: usize, width: i32): bool {
  return stride(operand, 3) == 1 && stride(operand, 2) == width;
}

/** Copies `rows` rows into a padded area. */
export function stage(from: usize, operand: usize, rows: i32, width: i32, to: usize): void {
  packRows(from, stride(operand, 2) << 2, stride(operand, 3) << 2, rows, width, to, paddedRow(width));
}

export function scaleRows(at: usize, rows: i32, width: i32, factor: f32): void {
  const wide = f32x4.splat(factor);
  const end = at + <usize>rows * paddedRow(width);
  for (; at < end; at += 16) v128.store(at, f32x4.mul(v128.load(at), wide));
}

/** Whether every query of the block sees every key of the block. */
export function wholeBlock(t: i32, queries: i32, j: i32, keys: i32): bool {
  return firstKey(t + queries - 1) <= j && endKey(t) >= j + keys;
}

/** Rows as panels of 8 (k is the row's width), multiplied by `factor`, zeros behind the last row. */
export function packQueries(from: usize, operand: usize, rows: i32, width: i32, factor: f32, to: usize): void {
  const step = stride(operand, 2) << 2, inner = stride(operand, 3) << 2;
  for (let row = 0; row < rows; row += 8) {
    const panel = to + (<usize>(row * width) << 2);
    packPanel(from + row * step, inner, step, width, min(8, rows - row), panel);
  }
  if (factor == 1) return;
  const wide = f32x4.splat(factor);
  const end = to + (<usize>(((rows + 7) & ~7) * width) << 2);
  for (; to < end; to += 16) v128.store(to, f32x4.mul(v128.load(to), wide));
}
