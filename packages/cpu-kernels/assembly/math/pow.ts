/**
 * x^y.
 *
 * Idea: `2^(y log2 |x|)` in double precision, two lanes at a time: log2 by its odd series in `(m - 1) / (m + 1)`
 * (error 2^-45), exp2 by a polynomial (2^-34). The product needs no splitting, and the one rounding to single gives
 * denormals and infinities for free. Signs and IEEE's special cases come last.
 */
import { madd64 } from "./madd";
import { bits, fromDoubles, highDoubles, lowDoubles, pick, splat } from "./lanes";

const ROUNDER: f64 = 6755399441055744.0; // 1.5 * 2^52

/** `log2 x` of two positive finite doubles that are floats (denormal floats are normal doubles); 0 gives about -1023. */
// @ts-ignore: decorator
@inline function log2Doubles(x: v128): v128 {
  const e = i64x2.shr_s(i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd)), 52);
  const m = i64x2.sub(x, i64x2.shl(e, 52));
  const one = f64x2.splat(1);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const z = f64x2.mul(s, s);
  let p = madd64(f64x2.splat(0.282993426093795), z, f64x2.splat(0.3198995183384937));
  p = madd64(p, z, f64x2.splat(0.41220939379842336));
  p = madd64(p, z, f64x2.splat(0.5770779410647352));
  p = madd64(p, z, f64x2.splat(0.9617966941174394));
  p = madd64(p, z, f64x2.splat(2.885390081777848));
  // e as a double: its low word, added to the bits of 1.5 * 2^52
  const k = f64x2.sub(i64x2.add(e, f64x2.splat(ROUNDER)), f64x2.splat(ROUNDER));
  return madd64(s, p, k);
}

/** `2^t` of two doubles, |t| <= 400. */
// @ts-ignore: decorator
@inline function exp2Doubles(t: v128): v128 {
  const shifted = f64x2.add(t, f64x2.splat(ROUNDER));
  const f = f64x2.sub(t, f64x2.sub(shifted, f64x2.splat(ROUNDER)));
  let p = madd64(f64x2.splat(1.5196044091976904e-5), f, f64x2.splat(0.00015466882383452247));
  p = madd64(p, f, f64x2.splat(0.001333393656125538));
  p = madd64(p, f, f64x2.splat(0.009618037769512148));
  p = madd64(p, f, f64x2.splat(0.05550410362987879));
  p = madd64(p, f, f64x2.splat(0.24022651068774847));
  p = madd64(p, f, f64x2.splat(0.6931471807056911));
  p = madd64(p, f, f64x2.splat(1));
  return i64x2.add(p, i64x2.shl(shifted, 52));
}

/** `2^(y log2 x)`, clamped to where a float is 0 or infinite; NaN stays. */
// @ts-ignore: decorator
@inline function powDoubles(x: v128, y: v128): v128 {
  const t = f64x2.mul(y, log2Doubles(x));
  return exp2Doubles(f64x2.pmax(f64x2.pmin(t, f64x2.splat(400)), f64x2.splat(-400)));
}

/** `x^y` with at most 1 ulp; IEEE 754 special cases. */
// @ts-ignore: decorator
@inline export function pow(x: v128, y: v128): v128 {
  const one = splat(1);
  const zero = splat(0);
  const infinite = splat(Infinity);
  const a = f32x4.abs(x);
  let r = fromDoubles(powDoubles(lowDoubles(a), lowDoubles(y)), powDoubles(highDoubles(a), highDoubles(y)));

  // |x| = 0 or inf: 0 where the exponent's sign leads to 0, else inf.
  const negativeY = f32x4.lt(y, zero);
  const isZero = f32x4.eq(a, zero);
  const isInfinite = f32x4.eq(a, infinite);
  const toZero = v128.or(v128.andnot(isZero, negativeY), v128.and(isInfinite, negativeY));
  r = pick(v128.or(isZero, isInfinite), v128.andnot(infinite, toZero), r);

  // Negative x: odd integers keep the sign, other finite non-integers have no real power.
  const integer = f32x4.eq(f32x4.nearest(y), y);
  const halfY = f32x4.mul(y, splat(0.5));
  const odd = v128.andnot(integer, f32x4.eq(f32x4.nearest(halfY), halfY));
  r = v128.xor(r, v128.and(v128.and(odd, x), bits(0x80000000)));
  const noPower = v128.andnot(v128.andnot(f32x4.lt(x, zero), integer), isInfinite);
  r = pick(noPower, splat(NaN), r);

  r = v128.or(r, v128.or(f32x4.ne(x, x), f32x4.ne(y, y)));
  const unit = v128.and(f32x4.eq(a, one), f32x4.eq(f32x4.abs(y), infinite));
  return pick(v128.or(v128.or(f32x4.eq(y, zero), f32x4.eq(x, one)), unit), one, r);
}
