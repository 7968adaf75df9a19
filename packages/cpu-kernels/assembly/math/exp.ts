/**
 * exp, two ways: `exp` is right everywhere; `expFast` is the one for softmax and activations.
 *
 * Idea: `e^x = 2^n e^r` with `n = round(x log2 e)`, `|r| <= ln2/2`; adding 1.5 * 2^23 leaves n in the low bits of a
 * float, so that one shift turns it into an exponent. `e^r` is a polynomial (relative error 3e-9).
 */
import { madd, nmadd } from "./madd";
import { bits, splat } from "./lanes";

const LOG2_E: f32 = 1.44269504;
const LN2_HIGH: f32 = 0.693145752; // 15 bits: n times it is exact
const LN2_LOW: f32 = 1.42860677e-6;
const ROUNDER: f32 = 12582912.0; // 1.5 * 2^23

/** `e^r` on `|r| <= 0.347`. */
// @ts-ignore: decorator
@inline function expReduced(r: v128): v128 {
  let q = madd(splat(0.0013814320554956794), r, splat(0.00836885068565607));
  q = madd(q, r, splat(0.041668400168418884));
  q = madd(q, r, splat(0.1666651964187622));
  q = madd(q, r, splat(0.4999999403953552));
  return f32x4.add(splat(1), madd(f32x4.mul(r, r), q, r));
}

/**
 * `e^x` with at most 2 ulp where the result is normal and x <= 88.37; below -87.68 it is 0, above 88.37 infinite.
 * NaN stays NaN.
 */
// @ts-ignore: decorator
@inline export function expFast(x: v128): v128 {
  x = f32x4.pmax(f32x4.pmin(x, splat(89)), splat(-88));
  const t = madd(x, splat(LOG2_E), splat(ROUNDER));
  const n = f32x4.sub(t, splat(ROUNDER));
  const r = nmadd(n, splat(LN2_LOW), nmadd(n, splat(LN2_HIGH), x));
  const scale = i32x4.add(i32x4.shl(t, 23), bits(0x3f800000));
  return f32x4.mul(expReduced(r), scale);
}

/** `e^x` with at most 2 ulp; denormal results, infinities and NaN as IEEE 754 has them. */
// @ts-ignore: decorator
@inline export function exp(x: v128): v128 {
  x = f32x4.pmax(f32x4.pmin(x, splat(89)), splat(-105));
  const t = madd(x, splat(LOG2_E), splat(ROUNDER));
  const n = f32x4.sub(t, splat(ROUNDER));
  const r = nmadd(n, splat(LN2_LOW), nmadd(n, splat(LN2_HIGH), x));
  // 2^n in two halves, so that neither leaves the range of exponents.
  const whole = i32x4.sub(t, bits(0x4b400000));
  const half = i32x4.shr_s(whole, 1);
  const one = bits(127);
  const first = i32x4.shl(i32x4.add(half, one), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(whole, half), one), 23);
  return f32x4.mul(f32x4.mul(expReduced(r), first), second);
}
