/**
 * sin, cos and tan.
 *
 * Idea: `x = n pi/2 + r` in double precision (two constants: exact enough for |x| < 2^20), then short polynomials in
 * single precision on |r| <= pi/4; the two low bits of n choose between them and the sign. Larger arguments take the
 * reduction of `trig-large.ts`, lane by lane.
 */
import { madd } from "../simd";
import { constant, constant64 } from "./constants";
import { fromDoubles, highDoubles, lowDoubles, pick } from "./lanes";
import { reduceLarge, reducedAngle } from "./trig-large";

// prettier-ignore
const TABLE: usize = memory.data<f32>([
  2.718046516747563e-6, -0.0001983930415008217, 0.008333329111337662, -0.1666666716337204, // 0: sin
  -2.720504710396199e-7, 2.479945214872714e-5, -0.0013888883404433727, 0.0416666679084301, // 4: cos
  0.5, 1, 1048576,                                                                         // 8, 9, 10: limit
]);
const WORDS: usize = memory.data<i32>([0, 1, 2]);
const DOUBLES: usize = memory.data<f64>([
  0.63661977236758134308, // 0: 2 / pi
  6755399441055744.0, // 1: 1.5 * 2^52
  1.57079632673412561417, // 2: pi / 2, upper 33 bits: n times it is exact
  6.07710050650619224932e-11, // 3: the rest
]);

/** `n + 1.5 * 2^52`. */
// @ts-ignore: decorator
@inline function shifted(x: v128): v128 {
  return f64x2.add(f64x2.mul(x, constant64(DOUBLES, 0)), constant64(DOUBLES, 1));
}

// @ts-ignore: decorator
@inline function remainder(x: v128, t: v128): v128 {
  const n = f64x2.sub(t, constant64(DOUBLES, 1));
  const r = f64x2.sub(x, f64x2.mul(n, constant64(DOUBLES, 2)));
  return f64x2.sub(r, f64x2.mul(n, constant64(DOUBLES, 3)));
}

// @ts-ignore: decorator
@inline function sinReduced(r: v128, z: v128): v128 {
  let p = madd(constant(TABLE, 0), z, constant(TABLE, 1));
  p = madd(p, z, constant(TABLE, 2));
  p = madd(p, z, constant(TABLE, 3));
  return madd(f32x4.mul(z, r), p, r);
}

// @ts-ignore: decorator
@inline function cosReduced(z: v128): v128 {
  let p = madd(constant(TABLE, 4), z, constant(TABLE, 5));
  p = madd(p, z, constant(TABLE, 6));
  p = madd(p, z, constant(TABLE, 7));
  // 1 - z/2, and what its rounding lost
  const one = constant(TABLE, 9);
  const half = f32x4.mul(z, constant(TABLE, 8));
  const w = f32x4.sub(one, half);
  const lost = f32x4.sub(f32x4.sub(one, w), half);
  return f32x4.add(w, madd(f32x4.mul(z, z), p, lost));
}

/** sin of `r + n pi/2`, |r| <= pi/4. */
// @ts-ignore: decorator
@inline export function rotated(r: v128, n: v128): v128 {
  const z = f32x4.mul(r, r);
  const odd = i32x4.shr_s(i32x4.shl(n, 31), 31);
  const y = pick(odd, cosReduced(z), sinReduced(r, z));
  return v128.xor(y, i32x4.shl(i32x4.shr_u(n, 1), 31));
}

/** sin of `x + turn pi/2`: turn 0 is sin, 1 is cos. */
// @ts-ignore: decorator
@inline function turned(x: v128, turn: i32): v128 {
  if (!i32x4.all_true(f32x4.lt(f32x4.abs(x), constant(TABLE, 10)))) return turnedLarge(x, turn);
  const low = lowDoubles(x);
  const high = highDoubles(x);
  const tLow = shifted(low);
  const tHigh = shifted(high);
  const r = fromDoubles(remainder(low, tLow), remainder(high, tHigh));
  const n = i8x16.shuffle(tLow, tHigh, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
  return rotated(r, i32x4.add(n, constant(WORDS, turn)));
}

function turnedLarge(x: v128, turn: i32): v128 {
  let r = x;
  let n = x;
  n = i32x4.replace_lane(n, 0, reduceLarge(f32x4.extract_lane(x, 0)));
  r = f32x4.replace_lane(r, 0, reducedAngle);
  n = i32x4.replace_lane(n, 1, reduceLarge(f32x4.extract_lane(x, 1)));
  r = f32x4.replace_lane(r, 1, reducedAngle);
  n = i32x4.replace_lane(n, 2, reduceLarge(f32x4.extract_lane(x, 2)));
  r = f32x4.replace_lane(r, 2, reducedAngle);
  n = i32x4.replace_lane(n, 3, reduceLarge(f32x4.extract_lane(x, 3)));
  r = f32x4.replace_lane(r, 3, reducedAngle);
  return rotated(r, i32x4.add(n, constant(WORDS, turn)));
}

/** `sin x` with at most 1.5 ulp; -0 stays -0. */
// @ts-ignore: decorator
@inline export function sin(x: v128): v128 {
  return pick(f32x4.eq(x, f32x4.splat(0)), x, turned(x, 0));
}

/** `cos x` with at most 1.5 ulp. */
// @ts-ignore: decorator
@inline export function cos(x: v128): v128 {
  return turned(x, 1);
}

/** `tan x` with at most 3 ulp; -0 stays -0. */
// @ts-ignore: decorator
@inline export function tan(x: v128): v128 {
  return f32x4.div(sin(x), cos(x));
}
