/**
 * expm1, and tanh on top of it.
 *
 * Idea: with `x = n ln2 + r`, `e^x - 1 = 2^n (e^r - 1) + (2^n - 1)`; for small x n is 0 and the polynomial alone
 * answers, without cancellation. tanh(|x|) = -t / (t + 2) with t = expm1(-2|x|).
 */
import { madd, nmadd } from "./madd";
import { bits, pick, splat, withSign } from "./lanes";

const LOG2_E: f32 = 1.44269504;
const LN2_HIGH: f32 = 0.693145752;
const LN2_LOW: f32 = 1.42860677e-6;
const ROUNDER: f32 = 12582912.0;

/** `e^x - 1` with at most 2 ulp; -0 stays -0. */
// @ts-ignore: decorator
@inline export function expm1(x: v128): v128 {
  const c = f32x4.pmax(f32x4.pmin(x, splat(89)), splat(-18));
  const t = madd(c, splat(LOG2_E), splat(ROUNDER));
  const n = f32x4.sub(t, splat(ROUNDER));
  const low = f32x4.mul(n, splat(LN2_LOW));
  const high = nmadd(n, splat(LN2_HIGH), c);
  const r = f32x4.sub(high, low);
  let q = madd(splat(0.00019845893257297575), r, splat(0.0013940823264420033));
  q = madd(q, r, splat(0.008333389647305012));
  q = madd(q, r, splat(0.04166635870933533));
  q = madd(q, r, splat(0.1666666567325592));
  q = madd(q, r, splat(0.5));
  const p = madd(f32x4.mul(r, r), q, r);
  // 2^n as 2 * 2^(n-1): n reaches 128.
  const half = i32x4.add(i32x4.shl(t, 23), bits(0x3f000000));
  const y = madd(half, p, f32x4.sub(half, splat(0.5)));
  const whole = f32x4.add(y, y);
  return pick(f32x4.eq(n, splat(0)), pick(f32x4.eq(x, splat(0)), x, p), whole);
}

/** `tanh x` with at most 3 ulp; odd, saturates at 1. */
// @ts-ignore: decorator
@inline export function tanh(x: v128): v128 {
  const t = expm1(f32x4.mul(f32x4.abs(x), splat(-2)));
  return withSign(f32x4.div(t, f32x4.add(t, splat(2))), x);
}
