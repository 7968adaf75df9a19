/**
 * expm1.
 *
 * Idea: with `x = n ln2 + r`, `e^x - 1 = 2^n (e^r - 1) + (2^n - 1)`; for small x n is 0 and the polynomial alone
 * answers, without cancellation.
 */
import { madd } from "../simd";
import { constant } from "./constants";
import { nmadd, pick } from "./lanes";

// prettier-ignore
const TABLE: usize = memory.data<f32>([
  1.44269504,             // 0: log2 e
  12582912.0,             // 1: 1.5 * 2^23
  0.693145752,            // 2: ln 2, upper 15 bits
  1.42860677e-6,          // 3: ln 2, the rest
  0.00019845893257297575, // 4: e^r - 1 = r + r^2 (...)
  0.0013940823264420033,
  0.008333389647305012,
  0.04166635870933533,
  0.1666666567325592,
  0.5,                    // 9
  89, -18,                // 10: limits
]);

/** `e^x - 1` with at most 2 ulp; -0 stays -0. */
// @ts-ignore: decorator
@inline export function expm1(x: v128): v128 {
  const c = f32x4.pmax(f32x4.pmin(x, constant(TABLE, 10)), constant(TABLE, 11));
  const t = madd(c, constant(TABLE, 0), constant(TABLE, 1));
  const n = f32x4.sub(t, constant(TABLE, 1));
  const r = nmadd(n, constant(TABLE, 3), nmadd(n, constant(TABLE, 2), c));
  let q = madd(constant(TABLE, 4), r, constant(TABLE, 5));
  q = madd(q, r, constant(TABLE, 6));
  q = madd(q, r, constant(TABLE, 7));
  q = madd(q, r, constant(TABLE, 8));
  q = madd(q, r, constant(TABLE, 9));
  const p = madd(f32x4.mul(r, r), q, r);
  // 2^n as 2 * 2^(n-1): n reaches 128.
  const half = i32x4.add(i32x4.shl(t, 23), constant(TABLE, 9));
  const y = madd(half, p, f32x4.sub(half, constant(TABLE, 9)));
  const zero = f32x4.splat(0);
  return pick(f32x4.eq(n, zero), pick(f32x4.eq(x, zero), x, p), f32x4.add(y, y));
}
