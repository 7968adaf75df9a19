/**
 * log, log2 and log1p.
 *
 * Idea (fdlibm): `x = 2^k (1 + f)` with `1 + f` in [sqrt(1/2), sqrt 2); `s = f / (2 + f)` makes `log(1 + f)` an odd
 * series in s, of which three terms suffice: `f - (f^2/2 - s (f^2/2 + R))`.
 */
import { madd } from "./madd";
import { bits, pick, splat } from "./lanes";

const LN2_HIGH: f32 = 0.693138123; // 9 trailing zeros: k times it is exact
const LN2_LOW: f32 = 9.05800061e-6;

/** `f^2/2 - s (f^2/2 + R(s^2))`: what `log(1 + f)` lacks to f. */
// @ts-ignore: decorator
@inline function deficit(f: v128, half: v128, carry: v128): v128 {
  const s = f32x4.div(f, f32x4.add(f, splat(2)));
  const z = f32x4.mul(s, s);
  let R = madd(splat(0.2987631857395172), z, splat(0.39977389574050903));
  R = f32x4.mul(madd(R, z, splat(0.6666677594184875)), z);
  return f32x4.sub(half, madd(s, f32x4.add(half, R), carry));
}

/** `k` of `x = 2^k (1 + f)`, from the bits of a normal x. */
// @ts-ignore: decorator
@inline function exponent(x: v128): v128 {
  return i32x4.shr_s(i32x4.sub(x, bits(0x3f3504f3)), 23);
}

/** 0 gives -inf, negatives NaN; inf and NaN stay. */
// @ts-ignore: decorator
@inline function atTheEdges(x: v128, y: v128): v128 {
  y = pick(f32x4.lt(x, splat(Infinity)), y, x); // inf, NaN
  y = pick(f32x4.eq(x, splat(0)), splat(-Infinity), y);
  return pick(f32x4.lt(x, splat(0)), splat(NaN), y);
}

/** `ln x` with at most 1 ulp; denormals included. */
// @ts-ignore: decorator
@inline export function log(x: v128): v128 {
  const tiny = f32x4.lt(x, splat(1.17549435e-38));
  const n = pick(tiny, f32x4.mul(x, splat(8388608)), x);
  const e = exponent(n);
  const k = f32x4.convert_i32x4_s(i32x4.sub(e, v128.and(tiny, bits(23))));
  const f = f32x4.sub(i32x4.sub(n, i32x4.shl(e, 23)), splat(1));
  const half = f32x4.mul(f32x4.mul(f, f), splat(0.5));
  const d = deficit(f, half, f32x4.mul(k, splat(LN2_LOW)));
  return atTheEdges(x, madd(k, splat(LN2_HIGH), f32x4.sub(f, d)));
}

/** `log2 x` with at most 2 ulp, exact at powers of two. */
// @ts-ignore: decorator
@inline export function log2(x: v128): v128 {
  const tiny = f32x4.lt(x, splat(1.17549435e-38));
  const n = pick(tiny, f32x4.mul(x, splat(8388608)), x);
  const e = exponent(n);
  const k = f32x4.convert_i32x4_s(i32x4.sub(e, v128.and(tiny, bits(23))));
  const f = f32x4.sub(i32x4.sub(n, i32x4.shl(e, 23)), splat(1));
  const half = f32x4.mul(f32x4.mul(f, f), splat(0.5));
  const d = deficit(f, half, splat(0));
  // log(1 + f) as a sum of a 12-bit head and a tail: head times the head of log2(e) is exact.
  const head = v128.and(f32x4.sub(f, half), bits(0xfffff000));
  const tail = f32x4.sub(f32x4.sub(f, head), d);
  const low = f32x4.add(f32x4.mul(f32x4.add(tail, head), splat(-1.7605285393e-4)), f32x4.mul(tail, splat(1.442871094)));
  return atTheEdges(x, f32x4.add(madd(head, splat(1.442871094), low), k));
}

/**
 * `ln(1 + x)` with at most 2 ulp; -0 stays -0.
 * The sum `u = 1 + x` is rounded; `(x - (u - 1)) / u`, computed from its parts, puts the lost bits back.
 */
// @ts-ignore: decorator
@inline export function log1p(x: v128): v128 {
  const one = splat(1);
  const u = f32x4.add(x, one);
  const e = exponent(u);
  const k = f32x4.convert_i32x4_s(e);
  // What rounding took: from the smaller of the two summands.
  const small = f32x4.lt(x, one);
  const rest = pick(small, f32x4.sub(x, f32x4.sub(u, one)), f32x4.sub(one, f32x4.sub(u, x)));
  const correction = f32x4.div(rest, u);
  const same = i32x4.eq(e, bits(0));
  const f = pick(same, x, f32x4.sub(i32x4.sub(u, i32x4.shl(e, 23)), one));
  const fix = v128.andnot(correction, same);
  const half = f32x4.mul(f32x4.mul(f, f), splat(0.5));
  const d = deficit(f, half, madd(k, splat(LN2_LOW), fix));
  const y = madd(k, splat(LN2_HIGH), f32x4.sub(f, d));
  return pick(f32x4.eq(x, splat(0)), x, atTheEdges(u, y));
}
