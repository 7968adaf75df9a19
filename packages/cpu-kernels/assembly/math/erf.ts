/**
 * erf, and the half of it that GELU needs.
 *
 * Ideas: `erf` near 0 is `x + x P(x^2)`; further out `1 - exp(-R(|x|))` with a polynomial R = -ln erfc.
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

/** Table of `twoTails`. */
// prettier-ignore
export const TAIL: usize = memory.data<f32>([
  3.0761054300764585e-7, -7.948387244498154e-6, 6.455146561355426e-5, -3.4037194904449025e-5, // 0: a^8, a^7, ...
  -0.0016459711060786985, 0.0007377282977799271, 0.03481542834377224, 0.09973554766295081,
  9.268884442221111,                                                                          // 8: where P is 1
  2, 1, 0.5,                                                                                  // 9, 10, 11
]);

/** Squarings in `twoTails` before the last. */
export const ROOT_STEPS: i32 = 2;

/** a, from where the tail is 0 on constant. */
// @ts-ignore: decorator
@inline export function tailArgument(x: v128): v128 {
  return f32x4.pmin(f32x4.abs(x), constant(TAIL, 8));
}

/**
 * `2 Phi(-a)` for `a = tailArgument(x)`, absolute error below 2.4e-7: exactly 1 at 0, exactly 0 from 9.27 on.
 *
 * Idea: it is `(1 - P(a))^8`, P a polynomial without a constant; `1 - (1 - p)^2 = p (2 - p)` squares without
 * cancellation. 1 - P alone would carry its last rounding, eightfold, into the result.
 */
// @ts-ignore: decorator
@inline export function twoTails(a: v128): v128 {
  const z = f32x4.mul(a, a);
  const odd = madd(madd(madd(constant(TAIL, 0), z, constant(TAIL, 2)), z, constant(TAIL, 4)), z, constant(TAIL, 6));
  const even = madd(madd(madd(constant(TAIL, 1), z, constant(TAIL, 3)), z, constant(TAIL, 5)), z, constant(TAIL, 7));
  let p = f32x4.mul(madd(odd, a, even), a);
  p = f32x4.mul(p, f32x4.sub(constant(TAIL, 9), p));
  p = f32x4.mul(p, f32x4.sub(constant(TAIL, 9), p));
  const root = f32x4.sub(constant(TAIL, 10), p);
  return f32x4.mul(root, root);
}
