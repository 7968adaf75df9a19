/**
 * sin, cos and tan.
 *
 * Idea: `x = n pi/2 + r` in double precision (two constants: exact enough for |x| < 2^20), then short polynomials in
 * single precision on |r| <= pi/4; the two low bits of n choose between them and the sign. Larger arguments go, lane
 * by lane, through the scalar function of the standard library (Payne and Hanek's reduction).
 */
import { madd } from "./madd";
import { bits, fromDoubles, highDoubles, lowDoubles, pick, splat } from "./lanes";

const LIMIT: f32 = 1048576;
const TWO_OVER_PI: f64 = 0.63661977236758134308;
const HALF_PI_HIGH: f64 = 1.57079632673412561417; // 33 bits: n times it is exact
const HALF_PI_LOW: f64 = 6.07710050650619224932e-11;
const ROUNDER: f64 = 6755399441055744.0; // 1.5 * 2^52

// @ts-ignore: decorator
@inline function rounded(x: v128): v128 {
  return f64x2.add(f64x2.mul(x, f64x2.splat(TWO_OVER_PI)), f64x2.splat(ROUNDER));
}

// @ts-ignore: decorator
@inline function remainder(x: v128, t: v128): v128 {
  const n = f64x2.sub(t, f64x2.splat(ROUNDER));
  const r = f64x2.sub(x, f64x2.mul(n, f64x2.splat(HALF_PI_HIGH)));
  return f64x2.sub(r, f64x2.mul(n, f64x2.splat(HALF_PI_LOW)));
}

/** n as four integers, from the low words of the rounded doubles. */
// @ts-ignore: decorator
@inline function quadrants(low: v128, high: v128): v128 {
  return i8x16.shuffle(low, high, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}

// @ts-ignore: decorator
@inline function sinReduced(r: v128, z: v128): v128 {
  let p = madd(splat(2.718046516747563e-6), z, splat(-0.0001983930415008217));
  p = madd(p, z, splat(0.008333329111337662));
  p = madd(p, z, splat(-0.1666666716337204));
  return madd(f32x4.mul(z, r), p, r);
}

// @ts-ignore: decorator
@inline function cosReduced(z: v128): v128 {
  let p = madd(splat(-2.720504710396199e-7), z, splat(2.479945214872714e-5));
  p = madd(p, z, splat(-0.0013888883404433727));
  p = madd(p, z, splat(0.0416666679084301));
  // 1 - z/2, and what its rounding lost
  const half = f32x4.mul(z, splat(0.5));
  const w = f32x4.sub(splat(1), half);
  const lost = f32x4.sub(f32x4.sub(splat(1), w), half);
  return f32x4.add(w, madd(f32x4.mul(z, z), p, lost));
}

/** True where every lane is a number below the limit of the vector reduction. */
// @ts-ignore: decorator
@inline function small(x: v128): bool {
  return i32x4.all_true(f32x4.lt(f32x4.abs(x), splat(LIMIT)));
}

/** sin of `x + turn pi/2`: turn 0 is sin, 1 is cos. At most 2 ulp. */
// @ts-ignore: decorator
@inline function shifted(x: v128, turn: i32): v128 {
  const low = lowDoubles(x);
  const high = highDoubles(x);
  const tLow = rounded(low);
  const tHigh = rounded(high);
  const r = fromDoubles(remainder(low, tLow), remainder(high, tHigh));
  const n = i32x4.add(quadrants(tLow, tHigh), bits(turn));
  const z = f32x4.mul(r, r);
  const odd = i32x4.ne(v128.and(n, bits(1)), bits(0));
  const y = pick(odd, cosReduced(z), sinReduced(r, z));
  return v128.xor(y, i32x4.shl(v128.and(n, bits(2)), 30));
}

/** `sin x` with at most 2 ulp. */
// @ts-ignore: decorator
@inline export function sin(x: v128): v128 {
  if (small(x)) return pick(f32x4.eq(x, splat(0)), x, shifted(x, 0));
  let y = x;
  y = f32x4.replace_lane(y, 0, NativeMathf.sin(f32x4.extract_lane(x, 0)));
  y = f32x4.replace_lane(y, 1, NativeMathf.sin(f32x4.extract_lane(x, 1)));
  y = f32x4.replace_lane(y, 2, NativeMathf.sin(f32x4.extract_lane(x, 2)));
  return f32x4.replace_lane(y, 3, NativeMathf.sin(f32x4.extract_lane(x, 3)));
}

/** `cos x` with at most 2 ulp. */
// @ts-ignore: decorator
@inline export function cos(x: v128): v128 {
  if (small(x)) return shifted(x, 1);
  let y = x;
  y = f32x4.replace_lane(y, 0, NativeMathf.cos(f32x4.extract_lane(x, 0)));
  y = f32x4.replace_lane(y, 1, NativeMathf.cos(f32x4.extract_lane(x, 1)));
  y = f32x4.replace_lane(y, 2, NativeMathf.cos(f32x4.extract_lane(x, 2)));
  return f32x4.replace_lane(y, 3, NativeMathf.cos(f32x4.extract_lane(x, 3)));
}

/** `tan x` with at most 4 ulp. */
// @ts-ignore: decorator
@inline export function tan(x: v128): v128 {
  return pick(f32x4.eq(x, splat(0)), x, f32x4.div(sin(x), cos(x)));
}
