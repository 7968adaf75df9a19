/**
 * One idea: where the system has a BLAS, the product of a tile is one call of its sgemm on this very memory; tiles are
 * cut here, by shape, and each call runs on one thread, so that results still do not depend on the number of threads.
 */
import { CONTROL } from "./layout";

/** `c = op(a) op(b) + beta c`, row-major, leading dimensions in elements. A stub where there is no BLAS. */
// @ts-ignore: decorator
@external("env", "blasGemm")
declare function blasGemm(
  transposeA: i32, transposeB: i32, m: i32, n: i32, k: i32, a: usize, lda: i32, b: usize, ldb: i32, beta: f32, c: usize, ldc: i32,
): void;

/** Set once, by `configureBlas`. */
const HAS_BLAS: usize = CONTROL + 448;
/** A call costs some 0.2 us: smaller products are quicker here. */
const WORTH_CALLING: f64 = 6000;

export function configureBlas(available: i32): void {
  store<i32>(HAS_BLAS, available);
}

/** Whether this product goes to BLAS. Strides in elements: each operand dense along one dimension, rows apart. */
export function suitsBlas(aRow: i32, aColumn: i32, bRow: i32, bColumn: i32, m: i32, n: i32, k: i32): bool {
  if (!load<i32>(HAS_BLAS) || 2 * <f64>m * <f64>n * <f64>k < WORTH_CALLING) return false;
  // Few rows: our streams over B are as quick, or quicker.
  if (m == 1 || (m <= 8 && aColumn == 1 && bRow == 1)) return false;
  const a = (aColumn == 1 && aRow >= k) || (aRow == 1 && aColumn >= m);
  const b = (bColumn == 1 && bRow >= n) || (bRow == 1 && bColumn >= k);
  return a && b;
}

/** Whether there is one at all. */
// @ts-ignore: decorator
@inline
export function hasBlas(): bool {
  return load<i32>(HAS_BLAS) != 0;
}

/** `c (+)= op(a) op(b)` by BLAS; row strides in bytes. */
export function blasRows(
  transposeA: bool, transposeB: bool, m: i32, n: i32, k: i32, a: usize, aStep: usize, b: usize, bStep: usize,
  accumulate: bool, c: usize, cStep: usize,
): void {
  blasGemm(transposeA, transposeB, m, n, k, a, <i32>(aStep >> 2), b, <i32>(bStep >> 2), accumulate ? 1 : 0, c, <i32>(cStep >> 2));
}

/** `c (+)= a b` by BLAS; strides in elements, as `suitsBlas` approved them. */
export function blasProduct(
  a: usize, aRow: i32, aColumn: i32, b: usize, bRow: i32, bColumn: i32,
  c: usize, ldc: i32, m: i32, n: i32, k: i32, accumulate: bool,
): void {
  const turnedA = aColumn != 1, turnedB = bColumn != 1;
  blasGemm(
    turnedA, turnedB, m, n, k, a, turnedA ? aColumn : max(aRow, k), b, turnedB ? bColumn : max(bRow, n),
    accumulate ? 1 : 0, c, ldc,
  );
}

/** From so many multiply-adds on, a product is cut into 2, 4, 8, 16 tiles: each takes 0.1 ms or more. */
const CUT_2: f64 = 5e6;
const CUT_4: f64 = 2.5e7;
const CUT_8: f64 = 2.5e8;
const CUT_16: f64 = 2e9;
/**
 * What a tile costs beside the whole: a BLAS packs B again for each cut of the rows, and A (more cheaply) for each cut
 * of the columns. As parts of the work, per row and per column of a tile; measured with OpenBLAS.
 */
const ROW_COST: f64 = 7;
const COLUMN_COST: f64 = 5;
/** Fewer tiles, but two, rather than more than this. */
const MOST_COST: f64 = 0.035;

/** How rows and columns are cut, `rowCuts << 8 | columnCuts`: powers of two, so that even numbers of threads finish together. */
export function blasCuts(m: i32, n: i32, k: i32): i32 {
  const work = <f64>m * <f64>n * <f64>k;
  let tiles = work < CUT_2 ? 1 : work < CUT_4 ? 2 : work < CUT_8 ? 4 : work < CUT_16 ? 8 : 16;
  while (true) {
    let least = Infinity, best = 0;
    for (let rows = 1; rows <= tiles; rows <<= 1) {
      const columns = tiles / rows;
      const cost = ROW_COST * <f64>(rows - 1) / <f64>m + COLUMN_COST * <f64>(columns - 1) / <f64>n;
      if (cost < least) {
        least = cost;
        best = (rows << 8) | columns;
      }
    }
    if (least <= MOST_COST || tiles <= 2) return best;
    tiles >>= 1;
  }
}
