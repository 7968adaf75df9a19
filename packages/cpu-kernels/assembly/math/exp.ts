/**
 * exp, two ways: `exp` is right everywhere; `expFast` is the one for softmax and activations.
 *
 * Idea: `e^x = 2^n e^r` with `n = round(x log2 e)`, `|r| <= ln2/2`; adding 1.5 * 2^23 leaves n in the low bits of a
 * float, so that one shift turns it into an exponent. `e^r` is a polynomial (relative error 3e-9).
 */
import { madd } from "../simd";
import { constant } from "./constants";
import { nmadd } from "./lanes";

// prettier-ignore
const TABLE: usize = memory.data<f32>([
  1.44269504,            // 0: log2 e
  12582912.0,            // 1: 1.5 * 2^23
  0.693145752,           // 2: ln 2, upper 15 bits: n times it is exact
  1.42860677e-6,         // 3: ln 2, the rest
  0.0013814320554956794, // 4: e^r = 1 + r + r^2 (...)
  0.00836885068565607,
  0.041668400168418884,
  0.1666651964187622,
  0.4999999403953552,
  1,                     // 9
  89, -88, -105,         // 10: limits
]);
const WORDS: usize = memory.data<i32>([0x4b400000, 127]);

/** `n + 1.5 * 2^23`. */
// @ts-ignore: decorator
@inline function shifted(x: v128): v128 {
  return madd(x, constant(TABLE, 0), constant(TABLE, 1));
}

/** `e^r`. */
// @ts-ignore: decorator
@inline function expReduced(x: v128, t: v128): v128 {
  const n = f32x4.sub(t, constant(TABLE, 1));
  const r = nmadd(n, constant(TABLE, 3), nmadd(n, constant(TABLE, 2), x));
  let q = madd(constant(TABLE, 4), r, constant(TABLE, 5));
  q = madd(q, r, constant(TABLE, 6));
  q = madd(q, r, constant(TABLE, 7));
  q = madd(q, r, constant(TABLE, 8));
  return f32x4.add(constant(TABLE, 9), madd(f32x4.mul(r, r), q, r));
}

/** `expFast` without its limits: for -87 <= x <= 88 (or NaN). */
// @ts-ignore: decorator
@inline export function expBounded(x: v128): v128 {
  const t = shifted(x);
  return f32x4.mul(expReduced(x, t), i32x4.add(i32x4.shl(t, 23), constant(TABLE, 9)));
}

/**
 * `e^x` with at most 1 ulp for -87.33 <= x <= 88.37; below -87.68 it is 0, above 88.37 infinite.
 * NaN stays NaN.
 */
// @ts-ignore: decorator
@inline export function expFast(x: v128): v128 {
  return expBounded(f32x4.pmax(f32x4.pmin(x, constant(TABLE, 10)), constant(TABLE, 11)));
}

/** `e^x` with at most 1 ulp; denormal results, infinities and NaN as IEEE 754 has them. */
// @ts-ignore: decorator
@inline export function exp(x: v128): v128 {
  x = f32x4.pmax(f32x4.pmin(x, constant(TABLE, 10)), constant(TABLE, 12));
  const t = shifted(x);
  // 2^n in two halves, so that neither leaves the range of exponents.
  const n = i32x4.sub(t, constant(WORDS, 0));
  const half = i32x4.shr_s(n, 1);
  const bias = constant(WORDS, 1);
  const first = i32x4.shl(i32x4.add(half, bias), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(n, half), bias), 23);
  return f32x4.mul(f32x4.mul(expReduced(x, t), first), second);
}
