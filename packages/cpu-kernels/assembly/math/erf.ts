/**
 * erf, and the half of it that GELU needs.
 *
 * Ideas: `erf` near 0 is `x + x P(x^2)`; further out `1 - exp(-R(|x|))` with a polynomial R = -ln erfc. `halfErf` is
 * one rational function, twice as fast and right to 1e-7 absolute.
 */
import { madd } from "../simd";
import { constant } from "./constants";
import { expFast } from "./exp";
import { pick, withSign } from "./lanes";

// prettier-ignore
const TABLE: usize = memory.data<f32>([
  8.267504745163023e-5, -0.0008118088007904589, 0.005198831204324961, -0.02685849741101265, // 0: P
  0.1128367930650711, -0.37612631916999817, 0.12837916612625122,
  0.00019494582375045866, -0.003033683868125081, 0.02218974381685257, -0.10385631024837494, // 7: -R
  -0.6372658014297485, -1.1276273727416992, -0.00020701710309367627,
  3.95, 0.93, 1, // 14: erf is 1 in single precision; where P ends; 1
]);

/** `erf x` with at most 2 ulp; odd, saturates at 1. */
// @ts-ignore: decorator
@inline export function erf(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = madd(constant(TABLE, 0), z, constant(TABLE, 1));
  p = madd(p, z, constant(TABLE, 2));
  p = madd(p, z, constant(TABLE, 3));
  p = madd(p, z, constant(TABLE, 4));
  p = madd(p, z, constant(TABLE, 5));
  p = madd(p, z, constant(TABLE, 6));
  const inner = madd(x, p, x);

  const a = f32x4.abs(x);
  const c = f32x4.pmin(a, constant(TABLE, 14));
  let r = madd(constant(TABLE, 7), c, constant(TABLE, 8));
  r = madd(r, c, constant(TABLE, 9));
  r = madd(r, c, constant(TABLE, 10));
  r = madd(r, c, constant(TABLE, 11));
  r = madd(r, c, constant(TABLE, 12));
  r = madd(r, c, constant(TABLE, 13));
  const outer = withSign(f32x4.sub(constant(TABLE, 16), expFast(r)), x);
  return pick(f32x4.gt(a, constant(TABLE, 15)), outer, inner);
}

// prettier-ignore
const HALF: usize = memory.data<f32>([
  2.2145256100997138e-8, 6.356486491830809e-6, 0.00017384871793867305, // 0: numerator
  0.004707247138868079, 0.03437594521302412, 0.3989422215773223,
  1.1802068856935887e-6, 7.510110519447651e-5, 0.001912967114784667,   // 6: denominator
  0.028939988980747126, 0.2528334295425277, 1,
  5.6, 0.5,                                                            // 12: from where it is 0.5
]);

/** `erf(a / sqrt 2) / 2` for `a >= 0`: exactly 0.5 from 5.6 on; absolute error below 1.5e-7 (7e-8 if fused). */
// @ts-ignore: decorator
@inline export function halfErf(a: v128): v128 {
  const limit = constant(HALF, 12);
  const c = f32x4.pmin(a, limit);
  const z = f32x4.mul(c, c);
  let p = madd(constant(HALF, 0), z, constant(HALF, 1));
  p = madd(p, z, constant(HALF, 2));
  p = madd(p, z, constant(HALF, 3));
  p = madd(p, z, constant(HALF, 4));
  p = madd(p, z, constant(HALF, 5));
  let q = madd(constant(HALF, 6), z, constant(HALF, 7));
  q = madd(q, z, constant(HALF, 8));
  q = madd(q, z, constant(HALF, 9));
  q = madd(q, z, constant(HALF, 10));
  q = madd(q, z, constant(HALF, 11));
  const y = f32x4.div(f32x4.mul(c, p), q);
  return pick(f32x4.ge(c, limit), constant(HALF, 13), y);
}
