/**
 * One idea: a tile of up to 6 x 8 outputs lives in registers (12 accumulators, 2 for a row of B, 1 for a splat of A)
 * while k runs: 8 loads feed 12 multiply-adds. No unrolling: that makes V8 spill.
 *
 * A is row-major (rows `lda` bytes apart), B a panel of 8 columns whose rows are `bStep` bytes apart: 32 when packed,
 * the leading dimension when read in place. K is never split here, so each output is one chain of additions.
 */
import { madd } from "./simd";

/** Where the accumulators start. */
export const FROM_ZERO: i32 = 0;
export const FROM_C: i32 = 1;
/** From `start`, a row of 8 that all rows share: the bias. */
export const FROM_ROW: i32 = 2;

// @ts-ignore: decorator
@inline
function micro(rows: i32, a0: usize, lda: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  let a1 = a0 + lda, a2 = a1 + lda, a3 = a2 + lda, a4 = a3 + lda, a5 = a4 + lda;
  const r1 = c + ldc, r2 = r1 + ldc, r3 = r2 + ldc, r4 = r3 + ldc, r5 = r4 + ldc;
  let p0 = f32x4.splat(0), q0 = p0, p1 = p0, q1 = p0, p2 = p0, q2 = p0, p3 = p0, q3 = p0, p4 = p0, q4 = p0, p5 = p0, q5 = p0;
  if (from == FROM_C) {
    p0 = v128.load(c); q0 = v128.load(c, 16);
    if (rows > 1) { p1 = v128.load(r1); q1 = v128.load(r1, 16); }
    if (rows > 2) { p2 = v128.load(r2); q2 = v128.load(r2, 16); }
    if (rows > 3) { p3 = v128.load(r3); q3 = v128.load(r3, 16); }
    if (rows > 4) { p4 = v128.load(r4); q4 = v128.load(r4, 16); }
    if (rows > 5) { p5 = v128.load(r5); q5 = v128.load(r5, 16); }
  } else if (from == FROM_ROW) {
    p0 = p1 = p2 = p3 = p4 = p5 = v128.load(start);
    q0 = q1 = q2 = q3 = q4 = q5 = v128.load(start, 16);
  }
  for (; k > 0; --k) {
    const x = v128.load(b), y = v128.load(b, 16);
    b += bStep;
    let s = v128.load32_splat(a0); a0 += 4; p0 = madd(s, x, p0); q0 = madd(s, y, q0);
    if (rows > 1) { s = v128.load32_splat(a1); a1 += 4; p1 = madd(s, x, p1); q1 = madd(s, y, q1); }
    if (rows > 2) { s = v128.load32_splat(a2); a2 += 4; p2 = madd(s, x, p2); q2 = madd(s, y, q2); }
    if (rows > 3) { s = v128.load32_splat(a3); a3 += 4; p3 = madd(s, x, p3); q3 = madd(s, y, q3); }
    if (rows > 4) { s = v128.load32_splat(a4); a4 += 4; p4 = madd(s, x, p4); q4 = madd(s, y, q4); }
    if (rows > 5) { s = v128.load32_splat(a5); a5 += 4; p5 = madd(s, x, p5); q5 = madd(s, y, q5); }
  }
  v128.store(c, p0); v128.store(c, q0, 16);
  if (rows > 1) { v128.store(r1, p1); v128.store(r1, q1, 16); }
  if (rows > 2) { v128.store(r2, p2); v128.store(r2, q2, 16); }
  if (rows > 3) { v128.store(r3, p3); v128.store(r3, q3, 16); }
  if (rows > 4) { v128.store(r4, p4); v128.store(r4, q4, 16); }
  if (rows > 5) { v128.store(r5, p5); v128.store(r5, q5, 16); }
}

function micro6(a: usize, lda: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  micro(6, a, lda, b, bStep, k, c, ldc, from, start);
}
function micro5(a: usize, lda: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  micro(5, a, lda, b, bStep, k, c, ldc, from, start);
}
function micro4(a: usize, lda: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  micro(4, a, lda, b, bStep, k, c, ldc, from, start);
}
function micro3(a: usize, lda: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  micro(3, a, lda, b, bStep, k, c, ldc, from, start);
}
function micro2(a: usize, lda: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  micro(2, a, lda, b, bStep, k, c, ldc, from, start);
}
function micro1(a: usize, lda: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  micro(1, a, lda, b, bStep, k, c, ldc, from, start);
}

/**
 * Rows of the next register tile of a column of `rows`: 6, 5 and 4 are the quick ones, so an odd rest is levelled
 * (13 = 5 + 4 + 4) instead of leaving a tile that waits for its own additions. Without fused multiply-add a product
 * needs a register of its own, so that 6 rows would spill: 5 are the most.
 */
// @ts-ignore: decorator
@inline
export function tileHeight(rows: i32): i32 {
  if (rows < 6) return rows;
  if (rows == 7 || rows == 8) return 4;
  if (ASC_FEATURE_RELAXED_SIMD) return rows == 9 || rows == 13 ? 5 : 6;
  if (rows == 6) return 3;
  return rows == 11 || rows == 12 || rows == 16 ? 4 : 5;
}

/** One register tile: `c[0..height, 0..8] = start + a b`. */
export function microTile(height: i32, a: usize, lda: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  switch (height) {
    case 6: micro6(a, lda, b, bStep, k, c, ldc, from, start); break;
    case 5: micro5(a, lda, b, bStep, k, c, ldc, from, start); break;
    case 4: micro4(a, lda, b, bStep, k, c, ldc, from, start); break;
    case 3: micro3(a, lda, b, bStep, k, c, ldc, from, start); break;
    case 2: micro2(a, lda, b, bStep, k, c, ldc, from, start); break;
    default: micro1(a, lda, b, bStep, k, c, ldc, from, start);
  }
}

/** `c[0..rows, 0..8] = start + a b` for any number of rows. */
export function microColumn(rows: i32, a: usize, lda: usize, b: usize, bStep: usize, k: i32, c: usize, ldc: usize, from: i32, start: usize): void {
  while (rows > 0) {
    const height = tileHeight(rows);
    microTile(height, a, lda, b, bStep, k, c, ldc, from, start);
    a += <usize>height * lda;
    c += <usize>height * ldc;
    rows -= height;
  }
}
