/**
 * log, log2 and log1p.
 *
 * Idea (fdlibm): `x = 2^k (1 + f)` with `1 + f` in [sqrt(1/2), sqrt 2); `s = f / (2 + f)` makes `log(1 + f)` an odd
 * series in s, of which three terms suffice: `f - (f^2/2 - s (f^2/2 + R))`.
 */
import { madd } from "../simd";
import { constant } from "./constants";
import { pick } from "./lanes";

// prettier-ignore
const TABLE: usize = memory.data<f32>([
  0.693138123,         // 0: ln 2 with 9 trailing zeros: k times it is exact
  9.05800061e-6,       // 1: the rest
  0.2987631857395172,  // 2: R = s^2 (...)
  0.39977389574050903,
  0.6666677594184875,
  2, 1, 0.5,           // 5, 6, 7
  Infinity, -Infinity, // 8, 9
  NaN,                 // 10
  1.17549435e-38,      // 11: the smallest normal number
  8388608,             // 12: 2^23
  1.442871094,         // 13: log2 e, upper 12 bits
  -1.7605285393e-4,    // 14: the rest
]);
const WORDS: usize = memory.data<i32>([0x3f3504f3, 23, 0xfffff000]);

/** `f^2/2 - (s (f^2/2 + R(s^2)) + carry)`: what `log(1 + f) + carry` lacks to f. */
// @ts-ignore: decorator
@inline function deficit(f: v128, half: v128, carry: v128): v128 {
  const s = f32x4.div(f, f32x4.add(f, constant(TABLE, 5)));
  const z = f32x4.mul(s, s);
  let R = madd(constant(TABLE, 2), z, constant(TABLE, 3));
  R = f32x4.mul(madd(R, z, constant(TABLE, 4)), z);
  return f32x4.sub(half, madd(s, f32x4.add(half, R), carry));
}

/** `k` of a normal `x = 2^k (1 + f)`. */
// @ts-ignore: decorator
@inline function exponent(x: v128): v128 {
  return i32x4.shr_s(i32x4.sub(x, constant(WORDS, 0)), 23);
}

/** `f` of a normal `x = 2^k (1 + f)`. */
// @ts-ignore: decorator
@inline function fraction(x: v128, k: v128): v128 {
  return f32x4.sub(i32x4.sub(x, i32x4.shl(k, 23)), constant(TABLE, 6));
}

/** `f^2/2`. */
// @ts-ignore: decorator
@inline function halfSquare(f: v128): v128 {
  return f32x4.mul(f32x4.mul(f, f), constant(TABLE, 7));
}

/** y, except: 0 gives -inf, negatives NaN; inf and NaN stay. */
// @ts-ignore: decorator
@inline function atTheEdges(x: v128, y: v128): v128 {
  const zero = f32x4.splat(0);
  y = pick(f32x4.lt(x, constant(TABLE, 8)), y, x);
  y = pick(f32x4.eq(x, zero), constant(TABLE, 9), y);
  return pick(f32x4.lt(x, zero), constant(TABLE, 10), y);
}

/** `ln x` with at most 1 ulp; denormals included. */
// @ts-ignore: decorator
@inline export function log(x: v128): v128 {
  const tiny = f32x4.lt(x, constant(TABLE, 11));
  const n = pick(tiny, f32x4.mul(x, constant(TABLE, 12)), x);
  const e = exponent(n);
  const k = f32x4.convert_i32x4_s(i32x4.sub(e, v128.and(tiny, constant(WORDS, 1))));
  const f = fraction(n, e);
  const d = deficit(f, halfSquare(f), f32x4.mul(k, constant(TABLE, 1)));
  return atTheEdges(x, madd(k, constant(TABLE, 0), f32x4.sub(f, d)));
}

/** `log2 x` with at most 1 ulp, exact at powers of two. */
// @ts-ignore: decorator
@inline export function log2(x: v128): v128 {
  const tiny = f32x4.lt(x, constant(TABLE, 11));
  const n = pick(tiny, f32x4.mul(x, constant(TABLE, 12)), x);
  const e = exponent(n);
  const k = f32x4.convert_i32x4_s(i32x4.sub(e, v128.and(tiny, constant(WORDS, 1))));
  const f = fraction(n, e);
  const half = halfSquare(f);
  const d = deficit(f, half, f32x4.splat(0)) ;
  // log(1 + f) as a sum of a 12-bit head and a tail: head times the head of log2 e is exact.
  const head = v128.and(f32x4.sub(f, half), constant(WORDS, 2));
  const tail = f32x4.sub(f32x4.sub(f, head), d);
  const log2e = constant(TABLE, 13);
  const low = madd(f32x4.add(tail, head), constant(TABLE, 14), f32x4.mul(tail, log2e));
  return atTheEdges(x, f32x4.add(madd(head, log2e, low), k));
}

/**
 * `ln(1 + x)` with at most 1 ulp; -0 stays -0.
 * The sum `u = 1 + x` is rounded; `(x - (u - 1)) / u`, computed from its parts, puts the lost bits back.
 */
// @ts-ignore: decorator
@inline export function log1p(x: v128): v128 {
  const one = constant(TABLE, 6);
  const zero = f32x4.splat(0);
  const u = f32x4.add(x, one);
  const e = exponent(u);
  const k = f32x4.convert_i32x4_s(e);
  // What rounding took: exact from the larger of the two summands.
  const small = f32x4.lt(x, one);
  const lost = f32x4.sub(pick(small, x, one), f32x4.sub(u, pick(small, one, x)));
  const unchanged = i32x4.eq(e, zero);
  const f = pick(unchanged, x, fraction(u, e));
  const fix = v128.andnot(f32x4.div(lost, u), unchanged);
  const d = deficit(f, halfSquare(f), madd(k, constant(TABLE, 1), fix));
  const y = madd(k, constant(TABLE, 0), f32x4.sub(f, d));
  return pick(f32x4.eq(x, zero), x, atTheEdges(u, y));
}
