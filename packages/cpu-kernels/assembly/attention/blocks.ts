/**
 * One idea: scores are kept transposed, `[key][query]`, in blocks of 64 queries. Then K is the row-major operand of
 * `K Q^T` as it lies in memory, softmax runs down columns without crossing lanes, and the block is at once the
 * transposed operand of `P V` and the row-major one of `P^T dO`. Only Q (and dO) are transposed, once per query block.
 *
 * How many keys a block has depends on who multiplies: for our kernels its columns have to stay in L1, for BLAS it is
 * the largest product that is still small enough for it to work without packing. Masks are met in small blocks.
 *
 * A panel is 8 queries: the unit in which masked-out keys are skipped.
 */
import { hasBlas } from "../blas";
import { packRows } from "../gemm-pack";
import { ARGUMENTS_END, BIAS, CAUSAL, E, EV, given, LEFT, MASK, RANGES, RIGHT, S, SCALE, SCORE_PROGRAM, SLOPES, SOFTCAP, stride, T } from "./arguments";

/** Queries of a block. */
export const BLOCK: i32 = 64;
export const PANELS: i32 = BLOCK / 8;
/** Bytes from key to key in a block of scores, and in transposed queries: an odd number of cache lines. */
export const SCORE_STEP: usize = 320;

/** Keys of a block for our kernels, and of a block that a mask cuts. */
const OWN_KEYS: i32 = 64;
const RAGGED_KEYS: i32 = 72;
/**
 * For BLAS: OpenBLAS has kernels for AVX-512 that pack nothing, a quarter quicker, up to this many multiplications; to
 * other BLAS larger products are worth next to nothing, as scores then leave L2.
 */
const SMALL_PRODUCT: i32 = 1_000_000;
const MOST_KEYS: i32 = 240;
/** Multiplications that are worth a call. */
const WORTH_BLAS: i32 = 100_000;

// The plan, the same for all threads.
/** The most keys that a block has. */
const KEY_BLOCK: usize = ARGUMENTS_END;
/** f32: scores times this are exponents of 2, after `adjustPanel`. */
export const FACTOR: usize = ARGUMENTS_END + 4;
/** f32: products times this are scores, or scores over the cap. */
export const SCORE_SCALE: usize = ARGUMENTS_END + 8;
/** Bias, mask, slopes or a function of scores: every block needs `adjustPanel`. */
const ADJUSTED: usize = ARGUMENTS_END + 12;
/** A cap and nothing else: keys that all queries see go through `capPanel`. */
const CAPPED: usize = ARGUMENTS_END + 16;
/** f32: the cap, or 1 where FACTOR has it. */
export const CAP: usize = ARGUMENTS_END + 20;
export const PLAN_END: usize = ARGUMENTS_END + 24;

export const LOG2_E: f32 = 1.4426950408889634;

export function planBlocks(): void {
  let keys = OWN_KEYS;
  if (hasBlas()) keys = max(OWN_KEYS, min(MOST_KEYS, SMALL_PRODUCT / (BLOCK * max(1, widest())) & -8));
  store<i32>(KEY_BLOCK, max(keys, RAGGED_KEYS));
  const scale = load<f32>(SCALE), cap = load<f32>(SOFTCAP), others = given(MASK) || given(BIAS) || given(SLOPES) || given(SCORE_PROGRAM);
  const capped = cap != 0 && !others;
  // A scale that is not positive would turn maxima into minima.
  const adjusted = others || (cap == 0 && !(scale > 0));
  store<i32>(ADJUSTED, adjusted);
  store<i32>(CAPPED, capped);
  store<f32>(CAP, capped ? 1 : cap);
  store<f32>(FACTOR, capped ? cap * LOG2_E : adjusted ? LOG2_E : scale * LOG2_E);
  store<f32>(SCORE_SCALE, cap != 0 ? scale / cap : adjusted ? scale : 1);
}

/** Whether a cap is all that is done to scores. */
// @ts-ignore: decorator
@inline
export function capAlone(): bool {
  return load<i32>(CAPPED) != 0;
}

// @ts-ignore: decorator
@inline
export function adjusted(): bool {
  return load<i32>(ADJUSTED) != 0;
}

/** Bytes of a padded row of `width` floats in scratch. */
// @ts-ignore: decorator
@inline
export function paddedRow(width: i32): usize {
  return <usize>((width + 7) & ~7) << 2;
}

/** One of the three numbers of the range of query `t` (where there is none, of the last one). */
function ofRange(b: i32, t: i32, i: usize): i32 {
  const count = load<i32>(T);
  return load<i32>(load<usize>(RANGES) + (<usize>((b * count + min(t, count - 1)) * 3) << 2) + (i << 2));
}

/** The first key that query `t` of batch item `b` may see (perhaps beyond the last). Falls for no later query. */
export function firstKey(b: i32, t: i32): i32 {
  if (given(RANGES)) return ofRange(b, t, 0);
  const left = load<i32>(LEFT);
  return left < 0 ? 0 : max(0, t + load<i32>(S) - load<i32>(T) - left);
}

/** The key behind the last one that query `t` may see. Falls for no later query. */
export function endKey(b: i32, t: i32): i32 {
  if (given(RANGES)) return ofRange(b, t, 1);
  const s = load<i32>(S), right = load<i32>(RIGHT);
  const diagonal = t + s - load<i32>(T);
  let end = s;
  if (load<i32>(CAUSAL)) end = min(end, diagonal + 1);
  if (right >= 0) end = min(end, diagonal + right + 1);
  return max(0, end);
}

/** Where query `t` stands among the keys. */
export function placeOf(b: i32, t: i32): i32 {
  return given(RANGES) ? ofRange(b, t, 2) : t + load<i32>(S) - load<i32>(T);
}

/**
 * The i-th of n pieces that get cheaper (or dearer) from first to last, in an order whose every other two are a cheap
 * and a dear one: then even shares of them cost the same.
 */
// @ts-ignore: decorator
@inline
export function paired(i: i32, n: i32): i32 {
  return i & 1 ? n - 1 - (i >> 1) : i >> 1;
}

/** Keys of the next block of `queries` queries from `t`, which begins at key `j`, a multiple of 8, and ends before `end`. */
export function blockKeys(b: i32, t: i32, queries: i32, j: i32, end: i32): i32 {
  const first = firstKey(b, t + queries - 1), seen = endKey(b, t); // all queries see the keys in between
  let stop = end, most = RAGGED_KEYS;
  if (j < first) stop = min(end, (first + 7) & -8);
  else if (j + 8 <= seen) {
    if (seen < end) stop = seen & -8;
    most = load<i32>(KEY_BLOCK);
    if (!hasBlas()) most = OWN_KEYS;
  }
  const left = stop - j;
  if (left <= most) return left;
  const blocks = (left + most - 1) / most;
  return ((left + blocks - 1) / blocks + 7) & -8;
}

// What a thread has in its scratch: small arrays, blocks of scores, areas of rows.
export const MAXIMUM: usize = 0; // 64 floats each
export const SUM: usize = 256;
export const RESCALE: usize = 512;
export const ROW_LSE: usize = 768;
export const ROW_DELTA: usize = 1024;
export const PANEL_FIRST: usize = 1280; // keys of the block that each panel sees, 8 words each
export const PANEL_END: usize = 1312;
export const ROW_SLOPES: usize = 1344; // 64 floats: each query's part of the gradient of its slope
export const SCORES: usize = 0x800;

/** Blocks of scores: number 1 has their gradients, 2 the bias, -inf where masked, 3 what dropout multiplies with, 4 derivatives of functions of scores. */
// @ts-ignore: decorator
@inline
export function scoreBlock(scratch: usize, i: i32): usize {
  return scratch + SCORES + <usize>(i * load<i32>(KEY_BLOCK)) * SCORE_STEP;
}
// @ts-ignore: decorator
@inline
export function gradientBlock(scratch: usize): usize {
  return scoreBlock(scratch, 1);
}
// @ts-ignore: decorator
@inline
export function extraBlock(scratch: usize): usize {
  return scoreBlock(scratch, 2);
}
// @ts-ignore: decorator
@inline
export function keepBlock(scratch: usize): usize {
  return scoreBlock(scratch, 3);
}
// @ts-ignore: decorator
@inline
export function derivativeBlock(scratch: usize): usize {
  return scoreBlock(scratch, 4);
}

/** Rows turned around, `[width][64 rows]`, SCORE_STEP apart: 0 has queries, 1 the gradients of outputs. */
// @ts-ignore: decorator
@inline
export function turnedArea(scratch: usize, i: i32): usize {
  return scoreBlock(scratch, 5) + <usize>(i * widest()) * SCORE_STEP;
}
/** Padded rows of a block of keys: 0 has keys, 1 values. */
// @ts-ignore: decorator
@inline
export function keyArea(scratch: usize, i: i32): usize {
  return turnedArea(scratch, 2) + <usize>(i * load<i32>(KEY_BLOCK)) * paddedRow(widest());
}
/** Padded rows of a block of queries: 0 to 2. Behind them 8 columns of a block of keys. */
// @ts-ignore: decorator
@inline
export function queryArea(scratch: usize, i: i32): usize {
  return keyArea(scratch, 2) + <usize>(i * BLOCK) * paddedRow(widest());
}
// @ts-ignore: decorator
@inline
function widest(): i32 {
  return max(load<i32>(E), load<i32>(EV));
}

/** Rows of an operand: where they are, and how far apart. */
// @ts-ignore: decorator
@inline
export function inPlace(operand: usize, width: i32): bool {
  const step = stride(operand, 2);
  return stride(operand, 3) == 1 && (step == width || (step > width && hasBlas()));
}

/** Bytes from row to row, in place or staged. */
// @ts-ignore: decorator
@inline
export function rowStep(operand: usize, width: i32): usize {
  return inPlace(operand, width) ? <usize>stride(operand, 2) << 2 : paddedRow(width);
}

/** Where rows can be read: in place if they are dense, else copied to `to`. */
export function rowsAt(from: usize, operand: usize, rows: i32, width: i32, to: usize): usize {
  if (inPlace(operand, width)) return from;
  packRows(from, stride(operand, 2) << 2, stride(operand, 3) << 2, rows, width, to, paddedRow(width));
  return to;
}

/** Turns a block of rows around: `[width][64]`, zeros behind the last row. */
export function turnRows(from: usize, operand: usize, rows: i32, width: i32, to: usize): void {
  if (rows < BLOCK) memory.fill(to, 0, <usize>width * SCORE_STEP);
  packRows(from, stride(operand, 3) << 2, stride(operand, 2) << 2, width, rows, to, SCORE_STEP);
}

/**
 * Notes which keys of a block each panel sees, and says who multiplies: BLAS, unless most of the block is not seen or
 * there is little to do.
 */
export function seenByPanels(space: usize, b: i32, t: i32, queries: i32, j: i32, keys: i32): bool {
  let pairs = 0;
  for (let row = 0; row < queries; row += 8) {
    const rows = min(8, queries - row);
    const from = min(keys, max(0, firstKey(b, t + row) - j)), to = max(from, min(keys, endKey(b, t + row + rows - 1) - j));
    store<i32>(space + PANEL_FIRST + (<usize>row >> 1), from);
    store<i32>(space + PANEL_END + (<usize>row >> 1), to);
    pairs += rows * (to - from);
  }
  return hasBlas() && 2 * pairs > keys * queries && keys * queries * load<i32>(E) >= WORTH_BLAS;
}

/** Padded rows times `factor` become dense ones. */
export function writeScaled(from: usize, rows: i32, width: i32, factor: f32, to: usize): void {
  const step = paddedRow(width), wide = f32x4.splat(factor);
  for (let row = 0; row < rows; ++row, from += step) {
    let column = 0;
    for (; column + 4 <= width; column += 4, to += 16) v128.store(to, f32x4.mul(v128.load(from + (<usize>column << 2)), wide));
    for (; column < width; ++column, to += 4) store<f32>(to, load<f32>(from + (<usize>column << 2)) * factor);
  }
}
