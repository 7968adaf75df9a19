/**
 * x^y.
 *
 * Idea: `2^(y log2 |x|)` in double precision, two lanes at a time: log2 by its odd series in `(m - 1) / (m + 1)`
 * (error 2^-45), exp2 by a polynomial (2^-34). The product needs no splitting, and the one rounding to single gives
 * denormals and infinities for free. Signs and IEEE's special cases come last.
 */
import { constant, constant64 } from "./constants";
import { fromDoubles, highDoubles, lowDoubles, madd64, pick, signOf } from "./lanes";

// prettier-ignore
const DOUBLES: usize = memory.data<f64>([
  0.282993426093795, 0.3198995183384937, 0.41220939379842336, // 0: log2
  0.5770779410647352, 0.9617966941174394, 2.885390081777848,
  1.5196044091976904e-5, 0.00015466882383452247, 0.001333393656125538, 0.009618037769512148, // 6: exp2
  0.05550410362987879, 0.24022651068774847, 0.6931471807056911, 1,
  6755399441055744.0,     // 14: 1.5 * 2^52
  400, -400,              // 15: limits
  0.70710678118654752440, // 17: sqrt(1/2), whose bits split exponent from mantissa
]);
const FLOATS: usize = memory.data<f32>([1, Infinity, 0.5, NaN]);

/** `log2 x` of two positive finite doubles that are floats (denormal floats are normal doubles). */
// @ts-ignore: decorator
@inline function log2Doubles(x: v128): v128 {
  const e = i64x2.shr_s(i64x2.sub(x, constant64(DOUBLES, 17)), 52);
  const m = i64x2.sub(x, i64x2.shl(e, 52));
  const one = constant64(DOUBLES, 13);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const z = f64x2.mul(s, s);
  let p = madd64(constant64(DOUBLES, 0), z, constant64(DOUBLES, 1));
  p = madd64(p, z, constant64(DOUBLES, 2));
  p = madd64(p, z, constant64(DOUBLES, 3));
  p = madd64(p, z, constant64(DOUBLES, 4));
  p = madd64(p, z, constant64(DOUBLES, 5));
  // e as a double: its low word added to the bits of 1.5 * 2^52
  const rounder = constant64(DOUBLES, 14);
  return madd64(s, p, f64x2.sub(i64x2.add(e, rounder), rounder));
}

/** `2^t` of two doubles, |t| <= 400. */
// @ts-ignore: decorator
@inline function exp2Doubles(t: v128): v128 {
  const rounder = constant64(DOUBLES, 14);
  const shifted = f64x2.add(t, rounder);
  const f = f64x2.sub(t, f64x2.sub(shifted, rounder));
  let p = madd64(constant64(DOUBLES, 6), f, constant64(DOUBLES, 7));
  p = madd64(p, f, constant64(DOUBLES, 8));
  p = madd64(p, f, constant64(DOUBLES, 9));
  p = madd64(p, f, constant64(DOUBLES, 10));
  p = madd64(p, f, constant64(DOUBLES, 11));
  p = madd64(p, f, constant64(DOUBLES, 12));
  p = madd64(p, f, constant64(DOUBLES, 13));
  return i64x2.add(p, i64x2.shl(shifted, 52));
}

/** `2^(y log2 x)`, clamped to where a float is 0 or infinite; NaN stays. */
// @ts-ignore: decorator
@inline function powDoubles(x: v128, y: v128): v128 {
  const t = f64x2.mul(y, log2Doubles(x));
  return exp2Doubles(f64x2.pmax(f64x2.pmin(t, constant64(DOUBLES, 15)), constant64(DOUBLES, 16)));
}

/** `x^y` with at most 1 ulp; special cases as in IEEE 754. */
// @ts-ignore: decorator
@inline export function pow(x: v128, y: v128): v128 {
  const one = constant(FLOATS, 0);
  const zero = f32x4.splat(0);
  const infinite = constant(FLOATS, 1);
  const a = f32x4.abs(x);
  let r = fromDoubles(powDoubles(lowDoubles(a), lowDoubles(y)), powDoubles(highDoubles(a), highDoubles(y)));

  // |x| = 0 or inf: 0 where the exponent's sign leads to 0, else inf.
  const negativeY = f32x4.lt(y, zero);
  const isZero = f32x4.eq(a, zero);
  const isInfinite = f32x4.eq(a, infinite);
  const toZero = v128.or(v128.andnot(isZero, negativeY), v128.and(isInfinite, negativeY));
  r = pick(v128.or(isZero, isInfinite), v128.andnot(infinite, toZero), r);

  // Negative x: odd integers keep the sign, finite x has no real power that is not an integer.
  const integer = f32x4.eq(f32x4.nearest(y), y);
  const halfY = f32x4.mul(y, constant(FLOATS, 2));
  const odd = v128.andnot(integer, f32x4.eq(f32x4.nearest(halfY), halfY));
  r = v128.xor(r, signOf(v128.and(odd, x)));
  const noPower = v128.andnot(v128.andnot(f32x4.lt(x, zero), integer), isInfinite);
  r = pick(noPower, constant(FLOATS, 3), r);

  r = v128.or(r, v128.or(f32x4.ne(x, x), f32x4.ne(y, y)));
  const unit = v128.and(f32x4.eq(a, one), f32x4.eq(f32x4.abs(y), infinite));
  return pick(v128.or(v128.or(f32x4.eq(y, zero), f32x4.eq(x, one)), unit), one, r);
}
