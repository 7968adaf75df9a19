/**
 * One idea: a row or two make too few chains of additions of a panel, so that several panels are taken side by side:
 * 8 chains. Panels are `step` bytes apart. To each output are added sums of KC terms.
 */
import { KC } from "../gemm-block";
import { madd } from "../simd";

// @ts-ignore: decorator
@inline
function add(c: usize, sum: v128): void {
  v128.store(c, f32x4.add(v128.load(c), sum));
}

/** One row by four panels. */
export function oneRow(a: usize, b0: usize, step: usize, k: i32, c: usize): void {
  let b1 = b0 + step, b2 = b1 + step, b3 = b2 + step;
  for (; k > 0; k -= KC) {
    const zero = f32x4.splat(0);
    let s0 = zero, s1 = zero, s2 = zero, s3 = zero, s4 = zero, s5 = zero, s6 = zero, s7 = zero;
    for (let i = min(k, KC); i > 0; --i) {
      const x = v128.load32_splat(a);
      s0 = madd(x, v128.load(b0), s0); s1 = madd(x, v128.load(b0, 16), s1);
      s2 = madd(x, v128.load(b1), s2); s3 = madd(x, v128.load(b1, 16), s3);
      s4 = madd(x, v128.load(b2), s4); s5 = madd(x, v128.load(b2, 16), s5);
      s6 = madd(x, v128.load(b3), s6); s7 = madd(x, v128.load(b3, 16), s7);
      a += 4; b0 += 32; b1 += 32; b2 += 32; b3 += 32;
    }
    add(c, s0); add(c + 16, s1); add(c + 32, s2); add(c + 48, s3);
    add(c + 64, s4); add(c + 80, s5); add(c + 96, s6); add(c + 112, s7);
  }
}

/** Two rows by two panels. */
export function twoRows(a0: usize, lda: usize, b0: usize, step: usize, k: i32, c: usize, ldc: usize): void {
  let a1 = a0 + lda, b1 = b0 + step;
  const d = c + ldc;
  for (; k > 0; k -= KC) {
    const zero = f32x4.splat(0);
    let s0 = zero, s1 = zero, s2 = zero, s3 = zero, t0 = zero, t1 = zero, t2 = zero, t3 = zero;
    for (let i = min(k, KC); i > 0; --i) {
      const p = v128.load(b0), q = v128.load(b0, 16), r = v128.load(b1), s = v128.load(b1, 16);
      let x = v128.load32_splat(a0);
      s0 = madd(x, p, s0); s1 = madd(x, q, s1); s2 = madd(x, r, s2); s3 = madd(x, s, s3);
      x = v128.load32_splat(a1);
      t0 = madd(x, p, t0); t1 = madd(x, q, t1); t2 = madd(x, r, t2); t3 = madd(x, s, t3);
      a0 += 4; a1 += 4; b0 += 32; b1 += 32;
    }
    add(c, s0); add(c + 16, s1); add(c + 32, s2); add(c + 48, s3);
    add(d, t0); add(d + 16, t1); add(d + 32, t2); add(d + 48, t3);
  }
}
