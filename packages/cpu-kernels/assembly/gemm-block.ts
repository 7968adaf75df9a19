/**
 * One idea: a block of the output (some rows, some panels of columns) against one block of k: A in its cache-friendly
 * form, then for each panel of B (which stays in L1) a column of register tiles.
 */
import { FROM_C, FROM_ROW, FROM_ZERO, microColumn } from "./gemm-micro";
import { microColumnT } from "./gemm-micro-t";
import { packRows } from "./gemm-pack";

/** k is cut into blocks of this many: a panel of B (4 KiB) and 48 rows of A (24 KiB) share L1. */
export const KC: i32 = 128;
/** The most rows that a block of the output has. */
export const MAX_ROWS: i32 = 96;
/** A packed row, and a bit, so that rows do not fall onto the same lines of the cache. */
const PACKED_LD: usize = (<usize>KC << 2) + 64;
/** Parts of a thread's scratch: packed A, then a column of partial register tiles, then 8 floats of bias. */
const EDGE: usize = <usize>MAX_ROWS * PACKED_LD;
const EDGE_ROW: usize = EDGE + <usize>MAX_ROWS * 32;
/** Bytes of scratch that a block uses. */
export const BLOCK_SCRATCH: usize = EDGE_ROW + 64;

/**
 * `c (+)= a b` for `rows x columns` outputs and `k <= KC`.
 *
 * @param panels       B: panels of 8 columns, `panelStep` bytes apart, rows `bStep` bytes apart
 * @param accumulate   whether c already holds the sum of earlier k
 * @param bias         0, or the first of `columns` floats that the sums start from
 */
export function multiplyBlock(
  a: usize, aRow: isize, aColumn: isize, panels: usize, panelStep: usize, bStep: usize,
  c: usize, ldc: usize, rows: i32, columns: i32, k: i32, accumulate: bool, bias: usize, scratch: usize,
): void {
  let lda = <usize>aRow;
  // A transposed A is only gathered, k by k: the register tile for it needs no transposing.
  const turned = aRow == 4 && aColumn != 4;
  if (turned) {
    lda = (<usize>rows << 2) + 16;
    packRows(a, aColumn, 4, k, rows, scratch, lda);
    a = scratch;
  } else if (aColumn != 4 || ((aRow & 1023) == 0 && rows > 6 && columns > 32)) {
    // Rows a multiple of 1 KiB apart would share a few sets of the cache.
    packRows(a, aRow, aColumn, rows, k, scratch, PACKED_LD);
    a = scratch;
    lda = PACKED_LD;
  }
  const from = accumulate ? FROM_C : bias != 0 ? FROM_ROW : FROM_ZERO;
  for (; columns >= 8; columns -= 8) {
    if (turned) microColumnT(rows, a, lda, panels, bStep, k, c, ldc, from, bias);
    else microColumn(rows, a, lda, panels, bStep, k, c, ldc, from, bias);
    panels += panelStep;
    c += 32;
    if (bias != 0) bias += 32;
  }
  if (columns > 0) partialPanel(turned, a, lda, panels, bStep, c, ldc, rows, columns, k, from, bias, scratch);
}

/** The last panel, if it is not full: computed 8 wide into scratch, copied out as wide as it is. */
function partialPanel(
  turned: bool, a: usize, lda: usize, panel: usize, bStep: usize, c: usize, ldc: usize,
  rows: i32, columns: i32, k: i32, from: i32, bias: usize, scratch: usize,
): void {
  const edge = scratch + EDGE;
  const bytes = <usize>columns << 2;
  if (from == FROM_C) copyRows(c, ldc, edge, 32, rows, bytes);
  else if (from == FROM_ROW) {
    memory.copy(scratch + EDGE_ROW, bias, bytes);
    bias = scratch + EDGE_ROW;
  }
  if (turned) microColumnT(rows, a, lda, panel, bStep, k, edge, 32, from, bias);
  else microColumn(rows, a, lda, panel, bStep, k, edge, 32, from, bias);
  copyRows(edge, 32, c, ldc, rows, bytes);
}

function copyRows(from: usize, fromStep: usize, to: usize, toStep: usize, rows: i32, bytes: usize): void {
  for (; rows > 0; --rows) {
    for (let i: usize = 0; i < bytes; i += 4) store<f32>(to + i, load<f32>(from + i));
    from += fromStep;
    to += toStep;
  }
}
