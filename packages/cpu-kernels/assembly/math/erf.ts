/**
 * erf, and the normal distribution function that GELU needs.
 *
 * Ideas: `erf` near 0 is `x + x P(x^2)`; further out `1 - exp(-R(|x|))` with a polynomial R = -ln erfc. `halfErf` is
 * one rational function, twice as fast and right to 5e-8 absolute: all that `0.5 (1 + erf)` can show.
 */
import { madd } from "./madd";
import { bits, pick, splat, withSign } from "./lanes";
import { expFast } from "./exp";

/** `erf x` with at most 2 ulp; odd, saturates at 1. */
// @ts-ignore: decorator
@inline export function erf(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = madd(splat(8.267504745163023e-5), z, splat(-0.0008118088007904589));
  p = madd(p, z, splat(0.005198831204324961));
  p = madd(p, z, splat(-0.02685849741101265));
  p = madd(p, z, splat(0.1128367930650711));
  p = madd(p, z, splat(-0.37612631916999817));
  p = madd(p, z, splat(0.12837916612625122));
  const inner = madd(x, p, x);

  const a = f32x4.pmin(f32x4.abs(x), splat(3.95));
  let r = madd(splat(-0.00019494582375045866), a, splat(0.003033683868125081));
  r = madd(r, a, splat(-0.02218974381685257));
  r = madd(r, a, splat(0.10385631024837494));
  r = madd(r, a, splat(0.6372658014297485));
  r = madd(r, a, splat(1.1276273727416992));
  r = madd(r, a, splat(0.00020701710309367627));
  const outer = withSign(f32x4.sub(splat(1), expFast(f32x4.neg(r))), x);
  return pick(f32x4.gt(f32x4.abs(x), splat(0.93)), outer, inner);
}

/** `erf(|x| / sqrt 2) / 2` from |x|, at most 0.5, which it reaches at 5.6; absolute error below 6e-8. */
// @ts-ignore: decorator
@inline export function halfErf(absolute: v128): v128 {
  const a = f32x4.pmin(absolute, splat(5.6));
  const z = f32x4.mul(a, a);
  let p = madd(splat(2.2145256100997138e-8), z, splat(6.356486491830809e-6));
  p = madd(p, z, splat(0.00017384871793867305));
  p = madd(p, z, splat(0.004707247138868079));
  p = madd(p, z, splat(0.03437594521302412));
  p = madd(p, z, splat(0.3989422215773223));
  let q = madd(splat(1.1802068856935887e-6), z, splat(7.510110519447651e-5));
  q = madd(q, z, splat(0.001912967114784667));
  q = madd(q, z, splat(0.028939988980747126));
  q = madd(q, z, splat(0.2528334295425277));
  q = madd(q, z, splat(1));
  const y = f32x4.div(f32x4.mul(a, p), q);
  return pick(f32x4.lt(absolute, splat(5.6)), f32x4.pmin(y, splat(0.5)), saturated(absolute));
}

/** 0.5, or NaN for NaN. */
// @ts-ignore: decorator
@inline function saturated(absolute: v128): v128 {
  return v128.or(splat(0.5), v128.and(f32x4.ne(absolute, absolute), bits(0x7fc00000)));
}
