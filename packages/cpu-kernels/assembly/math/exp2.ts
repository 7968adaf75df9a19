/**
 * `2^x` for the weights of a softmax, where x is a score less its row's highest, in units of ln 2.
 *
 * Idea: with `n = round(x)` and `f = x - n`, exact, the bits of n are added to the exponent of `2^f`, a polynomial in f
 * (relative error 8e-8). One operation in three of `expFast` is not needed: no product with log2 e, no remainder.
 */
import { madd } from "../simd";
import { constant } from "./constants";

// prettier-ignore
const TABLE: usize = memory.data<f32>([
  12582912.0, // 0: 1.5 * 2^23
  -127,       // 1
  0.0013276471979478776, // 2: 2^f
  0.00967554133421605,
  0.05550713273542586,
  0.24022119723848476,
  0.6931469670647331,
  1,          // 7: so that 2^-127 comes out as 0
]);

/** `2^x` for x < 128, within 2.4e-7 relative for x > -126; -127 and less: exactly 0; in between less than 2^-125. */
// @ts-ignore: decorator
@inline export function exp2Weight(x: v128): v128 {
  const y = f32x4.pmax(x, constant(TABLE, 1));
  const n = f32x4.add(y, constant(TABLE, 0));
  const f = f32x4.sub(y, f32x4.sub(n, constant(TABLE, 0)));
  let p = madd(constant(TABLE, 2), f, constant(TABLE, 3));
  p = madd(p, f, constant(TABLE, 4));
  p = madd(p, f, constant(TABLE, 5));
  p = madd(p, f, constant(TABLE, 6));
  p = madd(p, f, constant(TABLE, 7));
  return i32x4.add(p, i32x4.shl(n, 23));
}
