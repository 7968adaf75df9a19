/**
 * One idea: many small products are one tile each: a thread packs its own B into scratch and needs nobody.
 *
 * Items whose B does not fit there, or which are large or few, go through `gemm` one after the other.
 */
import { blasProduct, suitsBlas } from "./blas";
import { BLOCK_SCRATCH, KC, MAX_ROWS, multiplyBlock } from "./gemm-block";
import { packPanel } from "./gemm-pack";
import { gemm } from "./gemm";
import { DOT_ROWS, dotRows, axpyRow } from "./gemv";
import { ARGS, scratch, SCRATCH_BYTES } from "./layout";
import { parallel } from "./pool";
import { planCount, planRank, planSize, planStride } from "./strided";

const A: usize = ARGS;
const A_ROW: usize = ARGS + 4;
const A_COLUMN: usize = ARGS + 8;
const B: usize = ARGS + 12;
const B_ROW: usize = ARGS + 16;
const B_COLUMN: usize = ARGS + 20;
const OUT: usize = ARGS + 24;
const M: usize = ARGS + 28;
const N: usize = ARGS + 32;
const K: usize = ARGS + 36;
/** The batch dimensions of a and b: a plan of two views (strided.ts), written by the caller. */
export const BATCH_PLAN: usize = ARGS + 0x400;

/** Items above this many operations are cut into tiles of their own by `gemm`. */
const LARGE_ITEM: f64 = 3.2e7;

/** Offset in elements of item `item` in operand `view`. */
function itemOffset(view: i32, item: i32): i32 {
  let offset = 0;
  for (let d = planRank(BATCH_PLAN) - 1; d >= 0; --d) {
    const size = planSize(BATCH_PLAN, d);
    const next = item / size;
    offset += (item - next * size) * planStride(BATCH_PLAN, view, d);
    item = next;
  }
  return offset;
}

/** `gemm` for every item of BATCH_PLAN; out contiguous `[batch, m, n]`. */
export function gemmBatched(a: usize, aRow: i32, aColumn: i32, b: usize, bRow: i32, bColumn: i32, out: usize, m: i32, n: i32, k: i32): void {
  const items = planCount(BATCH_PLAN);
  const flops = 2 * <f64>m * <f64>n * <f64>k;
  const panelBytes = <f64>(((n + 7) & ~7) << 2) * <f64>min(k, KC);
  if (items < 4 || flops > LARGE_ITEM || panelBytes > <f64>(SCRATCH_BYTES - BLOCK_SCRATCH)) {
    for (let item = 0; item < items; ++item) {
      const ai = a + (itemOffset(0, item) << 2), bi = b + (itemOffset(1, item) << 2);
      gemm(ai, aRow, aColumn, bi, bRow, bColumn, out + ((<usize>item * <usize>m * <usize>n) << 2), m, n, k, 0, 0, 0);
    }
    return;
  }
  store<usize>(A, a); store<i32>(A_ROW, aRow << 2); store<i32>(A_COLUMN, aColumn << 2);
  store<usize>(B, b); store<i32>(B_ROW, bRow << 2); store<i32>(B_COLUMN, bColumn << 2);
  store<usize>(OUT, out); store<i32>(M, m); store<i32>(N, n); store<i32>(K, k);
  parallel(itemTask.index, items, flops * <f64>items);
}

function itemTask(item: i32, thread: i32): void {
  const m = load<i32>(M), n = load<i32>(N);
  product(
    load<usize>(A) + (itemOffset(0, item) << 2), load<i32>(A_ROW), load<i32>(A_COLUMN),
    load<usize>(B) + (itemOffset(1, item) << 2), load<i32>(B_ROW), load<i32>(B_COLUMN),
    load<usize>(OUT) + ((<usize>item * <usize>m * <usize>n) << 2), m, n, load<i32>(K), scratch(thread),
  );
}

/** One small product on this thread; strides in bytes. */
function product(a: usize, aRow: i32, aColumn: i32, b: usize, bRow: i32, bColumn: i32, c: usize, m: i32, n: i32, k: i32, scratch: usize): void {
  const ldc = <usize>n << 2;
  if (suitsBlas(aRow >> 2, aColumn >> 2, bRow >> 2, bColumn >> 2, m, n, k)) {
    blasProduct(a, aRow >> 2, aColumn >> 2, b, bRow >> 2, bColumn >> 2, c, n, m, n, k, false);
    return;
  }
  if (m <= DOT_ROWS && aColumn == 4 && bRow == 4) {
    dotRows(a, aRow, b, bColumn, m, n, k, c, ldc, 0, false);
    return;
  }
  if (m == 1 && bColumn == 4) {
    axpyRow(a, aColumn, b, bRow, n, k, c, 0);
    return;
  }
  // A row-major B that is read by few rows is read in place, eight columns at a time.
  const inPlace = m < 12 && bColumn == 4;
  const packed = scratch + BLOCK_SCRATCH;
  for (let k0 = 0; k0 == 0 || k0 < k; k0 += KC) {
    const depth = min(KC, k - k0);
    const from = b + k0 * bRow;
    if (!inPlace) {
      for (let column = 0; column < n; column += 8) {
        packPanel(from + column * bColumn, bRow, bColumn, depth, min(8, n - column), packed + (<usize>(column * depth) << 2));
      }
    }
    for (let row = 0; row < m; row += MAX_ROWS) {
      multiplyBlock(
        a + row * aRow + k0 * aColumn, aRow, aColumn, inPlace ? from : packed,
        inPlace ? 32 : <usize>depth << 5, inPlace ? <usize>bRow : 32,
        c + <usize>row * ldc, ldc, min(MAX_ROWS, m - row), n, depth, k0 > 0, 0, scratch,
      );
    }
  }
}
