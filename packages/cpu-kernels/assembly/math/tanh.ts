/**
 * tanh, three ways: `tanh` is right everywhere; `tanhNear` and `tanhSmall` are the ones for attention.
 *
 * Ideas: near 0 an odd polynomial; beyond, `1 - 2 / (e^(2|x|) + 1)`, where nothing cancels. Or one quotient of polynomials,
 * minimax (Remez) in the relative error, up to where tanh rounds to 1.
 */
import { madd } from "../simd";
import { constant } from "./constants";
import { expFast } from "./exp";
import { pick, withSign } from "./lanes";

// prettier-ignore
const TABLE: usize = memory.data<f32>([
  -0.005704987259034348, 0.020639087487738, -0.053739715162851504, // 0: tanh x = x + x^3 (...)
  0.13331442199154048, -0.33333281942052384,
  0.625, 1, 2,                                                     // 5: where the polynomial ends; 1; 2
]);

/** `tanh x` with at most 2 ulp; odd, saturates at 1. */
// @ts-ignore: decorator
@inline export function tanh(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = madd(constant(TABLE, 0), z, constant(TABLE, 1));
  p = madd(p, z, constant(TABLE, 2));
  p = madd(p, z, constant(TABLE, 3));
  p = madd(p, z, constant(TABLE, 4));
  const inner = madd(f32x4.mul(p, z), x, x);

  const a = f32x4.abs(x);
  const one = constant(TABLE, 6);
  const falling = f32x4.div(constant(TABLE, 7), f32x4.add(expFast(f32x4.add(a, a)), one));
  const outer = withSign(f32x4.sub(one, falling), x);
  return pick(f32x4.lt(a, constant(TABLE, 5)), inner, outer);
}

// prettier-ignore
const NEAR: usize = memory.data<f32>([
  1.3319053940679605e-08, 2.058346621599347e-05, 0.0034940335400092124, // 0: tanh x = x P(x^2) / Q(x^2): P
  0.1337971704100009, 1,
  7.76201149390599e-07, 0.0003283091249191266, 0.02587106919748237,     // 5: Q
  0.46713032278391825, 1,
  9.02, -9.02,                                                          // 10: where tanh rounds to 1
]);

/** `tanh x`, relative error below 4e-7, most of it from rounding where |x| > 2; odd. NaN stays NaN. */
// @ts-ignore: decorator
@inline export function tanhNear(x: v128): v128 {
  x = f32x4.pmax(f32x4.pmin(x, constant(NEAR, 10)), constant(NEAR, 11));
  const z = f32x4.mul(x, x);
  let p = madd(constant(NEAR, 0), z, constant(NEAR, 1)), q = madd(constant(NEAR, 5), z, constant(NEAR, 6));
  p = madd(p, z, constant(NEAR, 2)); q = madd(q, z, constant(NEAR, 7));
  p = madd(p, z, constant(NEAR, 3)); q = madd(q, z, constant(NEAR, 8));
  p = madd(p, z, constant(NEAR, 4)); q = madd(q, z, constant(NEAR, 9));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** Of `tanhSmall`: for loops that hold it. */
// prettier-ignore
export const SMALL: usize = memory.data<f32>([
  0.001041022301878752, -0.006203378163407411, 0.0202899793779342, // 0: tanh x = x + x^3 (...), relative error 5e-8
  -0.053457028971338506, 0.13325204056664502, -0.3333283914991401,
]);

/** `tanh x` for |x| <= 1 with at most 2 ulp; `a` to `f` are the constants of SMALL. */
// @ts-ignore: decorator
@inline export function tanhSmall(x: v128, a: v128, b: v128, c: v128, d: v128, e: v128, f: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = madd(a, z, b);
  p = madd(p, z, c);
  p = madd(p, z, d);
  p = madd(p, z, e);
  p = madd(p, z, f);
  return madd(f32x4.mul(p, z), x, x);
}
