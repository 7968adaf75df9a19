/**
 * Reductions of a contiguous run of floats.
 *
 * Idea: sums run in 32 lanes over blocks of 2048 elements, whose totals continue in double precision. A lane adds 64
 * numbers, so the error is that of a short sum however long the run.
 */
import { madd } from "../simd";

const BLOCK: i32 = 2048;

/** The four lanes in double precision. */
// @ts-ignore: decorator
@inline function wideSum(v: v128): f64 {
  const low = f64x2.promote_low_f32x4(v);
  const high = f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
  const pairs = f64x2.add(low, high);
  return f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1);
}

export function sumF32(x: usize, count: i32): f64 {
  let total: f64 = 0;
  while (count > 0) {
    const size = min(count, BLOCK);
    const end = x + (<usize>size << 2);
    const zero = f32x4.splat(0);
    let a = zero, b = zero, c = zero, d = zero, e = zero, f = zero, g = zero, h = zero;
    for (; x + 128 <= end; x += 128) {
      a = f32x4.add(a, v128.load(x));
      b = f32x4.add(b, v128.load(x, 16));
      c = f32x4.add(c, v128.load(x, 32));
      d = f32x4.add(d, v128.load(x, 48));
      e = f32x4.add(e, v128.load(x, 64));
      f = f32x4.add(f, v128.load(x, 80));
      g = f32x4.add(g, v128.load(x, 96));
      h = f32x4.add(h, v128.load(x, 112));
    }
    for (; x + 16 <= end; x += 16) a = f32x4.add(a, v128.load(x));
    for (; x < end; x += 4) total += load<f32>(x);
    const left = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
    const right = f32x4.add(f32x4.add(e, f), f32x4.add(g, h));
    total += wideSum(f32x4.add(left, right));
    count -= size;
  }
  return total;
}

export function sumSquaresF32(x: usize, count: i32): f64 {
  let total: f64 = 0;
  while (count > 0) {
    const size = min(count, BLOCK);
    const end = x + (<usize>size << 2);
    const zero = f32x4.splat(0);
    let a = zero, b = zero, c = zero, d = zero;
    for (; x + 64 <= end; x += 64) {
      const p = v128.load(x);
      const q = v128.load(x, 16);
      const r = v128.load(x, 32);
      const s = v128.load(x, 48);
      a = madd(p, p, a);
      b = madd(q, q, b);
      c = madd(r, r, c);
      d = madd(s, s, d);
    }
    for (; x + 16 <= end; x += 16) {
      const p = v128.load(x);
      a = madd(p, p, a);
    }
    for (; x < end; x += 4) {
      const v = <f64>load<f32>(x);
      total += v * v;
    }
    total += wideSum(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
    count -= size;
  }
  return total;
}

/** In double precision throughout. */
export function prodF32(x: usize, count: i32): f64 {
  const end = x + (<usize>count << 2);
  let a = f64x2.splat(1);
  let b = f64x2.splat(1);
  for (; x + 16 <= end; x += 16) {
    const v = v128.load(x);
    a = f64x2.mul(a, f64x2.promote_low_f32x4(v));
    b = f64x2.mul(b, f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)));
  }
  a = f64x2.mul(a, b);
  let total = f64x2.extract_lane(a, 0) * f64x2.extract_lane(a, 1);
  for (; x < end; x += 4) total *= <f64>load<f32>(x);
  return total;
}

/**
 * Whole vectors; the last one overlaps, which changes no maximum. NaN wins: a mask beside the maximum sees it, which
 * is cheaper than the instruction that propagates it.
 */
export function maxF32(x: usize, count: i32): f32 {
  const end = x + (<usize>count << 2);
  let a = v128.load32_splat(x);
  let b = a;
  let odd = f32x4.ne(a, a);
  if (count < 4) {
    for (x += 4; x < end; x += 4) {
      const p = v128.load32_splat(x);
      a = f32x4.pmax(a, p);
      odd = v128.or(odd, f32x4.ne(p, p));
    }
  } else {
    for (; x + 32 <= end; x += 32) {
      const p = v128.load(x);
      const q = v128.load(x, 16);
      a = f32x4.pmax(a, p);
      b = f32x4.pmax(b, q);
      odd = v128.or(odd, v128.or(f32x4.ne(p, p), f32x4.ne(q, q)));
    }
    if (x + 16 <= end) {
      const p = v128.load(x);
      a = f32x4.pmax(a, p);
      odd = v128.or(odd, f32x4.ne(p, p));
    }
    const q = v128.load(end - 16);
    b = f32x4.pmax(b, q);
    odd = v128.or(odd, f32x4.ne(q, q));
  }
  if (v128.any_true(odd)) return NaN;
  a = f32x4.pmax(a, b);
  a = f32x4.pmax(a, i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  a = f32x4.pmax(a, i8x16.shuffle(a, a, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  return f32x4.extract_lane(a, 0);
}

/** As `maxF32`. */
export function minF32(x: usize, count: i32): f32 {
  const end = x + (<usize>count << 2);
  let a = v128.load32_splat(x);
  let b = a;
  let odd = f32x4.ne(a, a);
  if (count < 4) {
    for (x += 4; x < end; x += 4) {
      const p = v128.load32_splat(x);
      a = f32x4.pmin(a, p);
      odd = v128.or(odd, f32x4.ne(p, p));
    }
  } else {
    for (; x + 32 <= end; x += 32) {
      const p = v128.load(x);
      const q = v128.load(x, 16);
      a = f32x4.pmin(a, p);
      b = f32x4.pmin(b, q);
      odd = v128.or(odd, v128.or(f32x4.ne(p, p), f32x4.ne(q, q)));
    }
    if (x + 16 <= end) {
      const p = v128.load(x);
      a = f32x4.pmin(a, p);
      odd = v128.or(odd, f32x4.ne(p, p));
    }
    const q = v128.load(end - 16);
    b = f32x4.pmin(b, q);
    odd = v128.or(odd, f32x4.ne(q, q));
  }
  if (v128.any_true(odd)) return NaN;
  a = f32x4.pmin(a, b);
  a = f32x4.pmin(a, i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  a = f32x4.pmin(a, i8x16.shuffle(a, a, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  return f32x4.extract_lane(a, 0);
}
