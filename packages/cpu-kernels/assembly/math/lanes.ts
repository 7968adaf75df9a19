/** Small helpers on four lanes: constants, a choice by mask, signs, doubles. */

/** Four copies of a float. */
// @ts-ignore: decorator
@inline export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** Four copies of a 32-bit pattern. */
// @ts-ignore: decorator
@inline export function bits(x: i32): v128 {
  return i32x4.splat(x);
}

/** `mask ? a : b`, where every lane of mask is all ones or all zeros. */
// @ts-ignore: decorator
@inline export function pick(mask: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_laneselect(a, b, mask);
  return v128.bitselect(a, b, mask);
}

/** `|x|` with the sign of `s`. */
// @ts-ignore: decorator
@inline export function withSign(x: v128, s: v128): v128 {
  const sign = bits(0x80000000);
  return v128.or(v128.andnot(x, sign), v128.and(s, sign));
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
