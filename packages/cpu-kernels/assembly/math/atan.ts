/**
 * atan2, and on top of it atan, asin, acos; hypot.
 *
 * Idea: in double precision, two lanes at a time, the smaller over the larger of |y|, |x| is in [0, 1], where one odd
 * polynomial (2^-31) does; octants are put back by reflections. `asin x = atan2(x, sqrt((1 - x)(1 + x)))`, exactly
 * enough in double. The one rounding to single leaves 0.6 ulp.
 */
import { constant, constant64 } from "./constants";
import { fromDoubles, highDoubles, lowDoubles, madd64, pick } from "./lanes";

// prettier-ignore
const DOUBLES: usize = memory.data<f64>([
  0.0010911298847372936, -0.007199480963662061, 0.02227456521170236, -0.0443577488182719, // 0
  0.06716126155196316, -0.08798780679535786, 0.11054503739029853, -0.1427916008418259,
  0.1999960468147762, -0.3333332393734272, 0.9999999996285139,
  1.5707963267948966, 3.141592653589793, // 11: pi / 2, pi
  1, -0.0,                               // 13, 14
]);
const FLOATS: usize = memory.data<f32>([1, Infinity]);

/** `a` with the sign of `s`, a >= 0. */
// @ts-ignore: decorator
@inline function signed(a: v128, s: v128): v128 {
  return v128.or(a, v128.and(s, constant64(DOUBLES, 14)));
}

/** The angle of the points (x, y); NaN where either is. */
// @ts-ignore: decorator
@inline function angle(y: v128, x: v128): v128 {
  const a = f64x2.abs(y);
  const b = f64x2.abs(x);
  const steep = f64x2.gt(a, b);
  const larger = v128.bitselect(a, b, steep);
  const smaller = v128.bitselect(b, a, steep);
  // 0 / 0 is 0, inf / inf is 1
  let t = f64x2.div(smaller, larger);
  t = v128.bitselect(constant64(DOUBLES, 13), t, v128.andnot(f64x2.eq(a, b), f64x2.eq(a, f64x2.splat(0))));
  t = v128.andnot(t, f64x2.eq(larger, f64x2.splat(0)));
  const z = f64x2.mul(t, t);
  let p = madd64(constant64(DOUBLES, 0), z, constant64(DOUBLES, 1));
  p = madd64(p, z, constant64(DOUBLES, 2));
  p = madd64(p, z, constant64(DOUBLES, 3));
  p = madd64(p, z, constant64(DOUBLES, 4));
  p = madd64(p, z, constant64(DOUBLES, 5));
  p = madd64(p, z, constant64(DOUBLES, 6));
  p = madd64(p, z, constant64(DOUBLES, 7));
  p = madd64(p, z, constant64(DOUBLES, 8));
  p = madd64(p, z, constant64(DOUBLES, 9));
  p = madd64(p, z, constant64(DOUBLES, 10));
  p = f64x2.mul(p, t);
  p = v128.bitselect(f64x2.sub(constant64(DOUBLES, 11), p), p, steep);
  p = v128.bitselect(f64x2.sub(constant64(DOUBLES, 12), p), p, i64x2.shr_s(x, 63));
  return signed(p, y);
}

/** The angle of the point (x, y) in [-pi, pi]; signs of zeros and infinities as in C. */
// @ts-ignore: decorator
@inline export function atan2(y: v128, x: v128): v128 {
  const r = fromDoubles(angle(lowDoubles(y), lowDoubles(x)), angle(highDoubles(y), highDoubles(x)));
  return v128.or(r, v128.or(f32x4.ne(x, x), f32x4.ne(y, y)));
}

// @ts-ignore: decorator
@inline export function atan(x: v128): v128 {
  return atan2(x, constant(FLOATS, 0));
}

/** `sqrt(1 - x^2)`; NaN outside [-1, 1]. */
// @ts-ignore: decorator
@inline function side(x: v128): v128 {
  const one = constant64(DOUBLES, 13);
  return f64x2.sqrt(f64x2.mul(f64x2.sub(one, x), f64x2.add(one, x)));
}

// @ts-ignore: decorator
@inline function outside(x: v128): v128 {
  return v128.not(f32x4.le(f32x4.abs(x), constant(FLOATS, 0)));
}

/** NaN outside [-1, 1]. */
// @ts-ignore: decorator
@inline export function asin(x: v128): v128 {
  const low = lowDoubles(x);
  const high = highDoubles(x);
  return v128.or(fromDoubles(angle(low, side(low)), angle(high, side(high))), outside(x));
}

/** NaN outside [-1, 1]. */
// @ts-ignore: decorator
@inline export function acos(x: v128): v128 {
  const low = lowDoubles(x);
  const high = highDoubles(x);
  return v128.or(fromDoubles(angle(side(low), low), angle(side(high), high)), outside(x));
}

// @ts-ignore: decorator
@inline function hypotDoubles(a: v128, b: v128): v128 {
  return f64x2.sqrt(f64x2.add(f64x2.mul(a, a), f64x2.mul(b, b)));
}

/** `sqrt(a^2 + b^2)`, without overflow on the way; infinite where either is. */
// @ts-ignore: decorator
@inline export function hypot(a: v128, b: v128): v128 {
  const infinite = constant(FLOATS, 1);
  const r = fromDoubles(hypotDoubles(lowDoubles(a), lowDoubles(b)), hypotDoubles(highDoubles(a), highDoubles(b)));
  return pick(v128.or(f32x4.eq(f32x4.abs(a), infinite), f32x4.eq(f32x4.abs(b), infinite)), infinite, r);
}
