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
