/** Small helpers on vectors that have no instruction of their own: a choice by mask, signs, pairs of doubles. */
import { constant } from "./constants";

const SIGN: usize = memory.data<u32>([0x80000000]);

/** `mask ? a : b`, where every lane of mask is all ones or all zeros. */
// @ts-ignore: decorator
@inline export function pick(mask: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_laneselect(a, b, mask);
  return v128.bitselect(a, b, mask);
}

/** `c - a * b`, fused in the relaxed build. */
// @ts-ignore: decorator
@inline export function nmadd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

/** `a * b + c` on two doubles, fused in the relaxed build. */
// @ts-ignore: decorator
@inline export function madd64(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f64x2.relaxed_madd(a, b, c);
  return f64x2.add(f64x2.mul(a, b), c);
}

/** The sign bits of four floats. */
// @ts-ignore: decorator
@inline export function signOf(x: v128): v128 {
  return v128.and(x, constant(SIGN, 0));
}

/** `x >= 0` with the sign of `s`. */
// @ts-ignore: decorator
@inline export function withSign(x: v128, s: v128): v128 {
  return v128.or(x, signOf(s));
}

/** The two lower floats as doubles. */
// @ts-ignore: decorator
@inline export function lowDoubles(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** The two upper floats as doubles. */
// @ts-ignore: decorator
@inline export function highDoubles(x: v128): v128 {
  return f64x2.promote_low_f32x4(i8x16.shuffle(x, x, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
}

/** Four floats from two pairs of doubles. */
// @ts-ignore: decorator
@inline export function fromDoubles(low: v128, high: v128): v128 {
  const a = f32x4.demote_f64x2_zero(low);
  const b = f32x4.demote_f64x2_zero(high);
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}
