/**
 * exp, four ways: `exp` is right everywhere; `expFast` is cheaper; `expNear` is the one for softmax, `expGate` the one
 * for gates.
 *
 * Idea: `e^x = 2^n e^r` with `n = round(x log2 e)`, `|r| <= ln2/2`; adding 1.5 * 2^23 leaves n in the low bits of a
 * float, so that one shift turns it into an exponent. `e^r` is a polynomial (relative error 3e-9).
 */
import { madd } from "../simd";
import { constant } from "./constants";
import { nmadd } from "./lanes";

// prettier-ignore
const TABLE: usize = memory.data<f32>([
  1.44269504,            // 0: log2 e
  12582912.0,            // 1: 1.5 * 2^23
  0.693145752,           // 2: ln 2, upper 15 bits: n times it is exact
  1.42860677e-6,         // 3: ln 2, the rest
  0.0013814320554956794, // 4: e^r = 1 + r + r^2 (...)
  0.00836885068565607,
  0.041668400168418884,
  0.1666651964187622,
  0.4999999403953552,
  1,                     // 9
  89, -88, -105,         // 10: limits
]);
const WORDS: usize = memory.data<i32>([0x4b400000, 127]);

/** `n + 1.5 * 2^23`. */
// @ts-ignore: decorator
@inline function shifted(x: v128): v128 {
  return madd(x, constant(TABLE, 0), constant(TABLE, 1));
}

/** `e^r`. */
// @ts-ignore: decorator
@inline function expReduced(x: v128, t: v128): v128 {
  const n = f32x4.sub(t, constant(TABLE, 1));
  const r = nmadd(n, constant(TABLE, 3), nmadd(n, constant(TABLE, 2), x));
  let q = madd(constant(TABLE, 4), r, constant(TABLE, 5));
  q = madd(q, r, constant(TABLE, 6));
  q = madd(q, r, constant(TABLE, 7));
  q = madd(q, r, constant(TABLE, 8));
  return f32x4.add(constant(TABLE, 9), madd(f32x4.mul(r, r), q, r));
}

/** `expFast` without its limits: for -87 <= x <= 88 (or NaN). */
// @ts-ignore: decorator
@inline export function expBounded(x: v128): v128 {
  const t = shifted(x);
  return f32x4.mul(expReduced(x, t), i32x4.add(i32x4.shl(t, 23), constant(TABLE, 9)));
}

/**
 * `e^x` with at most 1 ulp for -87.33 <= x <= 88.37; below -87.68 it is 0, above 88.37 infinite.
 * NaN stays NaN.
 */
// @ts-ignore: decorator
@inline export function expFast(x: v128): v128 {
  return expBounded(f32x4.pmax(f32x4.pmin(x, constant(TABLE, 10)), constant(TABLE, 11)));
}

/** `e^x` with at most 1 ulp; denormal results, infinities and NaN as IEEE 754 has them. */
// @ts-ignore: decorator
@inline export function exp(x: v128): v128 {
  x = f32x4.pmax(f32x4.pmin(x, constant(TABLE, 10)), constant(TABLE, 12));
  const t = shifted(x);
  // 2^n in two halves, so that neither leaves the range of exponents.
  const n = i32x4.sub(t, constant(WORDS, 0));
  const half = i32x4.shr_s(n, 1);
  const bias = constant(WORDS, 1);
  const first = i32x4.shl(i32x4.add(half, bias), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(n, half), bias), 23);
  return f32x4.mul(f32x4.mul(expReduced(x, t), first), second);
}

/** Of `expNear`: for loops that hold it, too. */
// prettier-ignore
export const NEAR: usize = memory.data<f32>([
  1.44269504,            // 0: log2 e
  -127,                  // 1: the exponent of 0
  12582912.0,            // 2: 1.5 * 2^23
  0.0013264645448490926, // 3: 2^f, relative error 9.2e-8
  0.009671576588836637,
  0.05550734516853488,
  0.24022241108844544,
  0.6931469768687437,
  1,                     // 8
]);
/** Addresses of the second and the last coefficient. */
export const NEAR_SECOND: usize = NEAR + 4 * 4;
export const NEAR_LAST: usize = NEAR + 8 * 4;

/** `x log2 e`, -127 at the least. */
// @ts-ignore: decorator
@inline export function nearBinary(x: v128): v128 {
  return f32x4.pmax(f32x4.mul(x, constant(NEAR, 0)), constant(NEAR, 1));
}

/** `n + 1.5 * 2^23`, n the nearest integer. */
// @ts-ignore: decorator
@inline export function nearShifted(z: v128): v128 {
  return f32x4.add(z, constant(NEAR, 2));
}

/** `z - n`, exactly. */
// @ts-ignore: decorator
@inline export function nearFraction(z: v128, shifted: v128): v128 {
  return f32x4.sub(z, f32x4.sub(shifted, constant(NEAR, 2)));
}

/** `2^n power`, by adding n to the exponent. */
// @ts-ignore: decorator
@inline export function nearScaled(power: v128, shifted: v128): v128 {
  return i32x4.add(power, i32x4.shl(shifted, 23));
}

/**
 * `e^x` for x up to 88, relative error below `(2 + 0.7 |x|) 2^-23`; below -87.3 (some denormal number or) 0, exactly 0
 * from -88.03 on. NaN stays NaN. For softmax, where terms far below the largest count for little.
 *
 * Idea: a product with log2 e that is rounded once, and a polynomial of degree 5: a third fewer steps than `expFast`.
 */
// @ts-ignore: decorator
@inline export function expNear(x: v128): v128 {
  return exp2Near(nearBinary(x));
}

/** `2^z` for -127 <= z <= 127, relative error below 2^-22; between -127 and -126 some denormal number or 0. */
// @ts-ignore: decorator
@inline export function exp2Near(z: v128): v128 {
  const t = nearShifted(z);
  const f = nearFraction(z, t);
  let p = madd(constant(NEAR, 3), f, constant(NEAR, 4));
  p = madd(p, f, constant(NEAR, 5));
  p = madd(p, f, constant(NEAR, 6));
  p = madd(p, f, constant(NEAR, 7));
  return nearScaled(madd(p, f, constant(NEAR, 8)), t);
}

/** `exp2Near` for any z up to 127: exactly 0 from -127 down. NaN stays NaN. */
// @ts-ignore: decorator
@inline export function exp2Limited(z: v128): v128 {
  return exp2Near(f32x4.pmax(z, constant(NEAR, 1)));
}

/** Of `expGate`: for loops that hold it, too. */
// prettier-ignore
export const GATE: usize = memory.data<f32>([
  1.44269504,           // 0: log2 e
  12582912.0,           // 1: 1.5 * 2^23
  0.693145752,          // 2: ln 2, upper 15 bits
  1.42860677e-6,        // 3: ln 2, the rest
  0.008290263824164867, // 4: e^r, relative error 9.2e-8
  0.0418982058763504,
  0.1666763871908188,
  0.4999914765357971,
  0.9999997019767761,
  1,                    // 9
  89, -88,              // 10: limits
]);
/** Addresses of the second and the last coefficient. */
export const GATE_SECOND: usize = GATE + 5 * 4;
export const GATE_LAST: usize = GATE + 9 * 4;

/** x within the limits between which exponents do not wrap around; NaN passes. */
// @ts-ignore: decorator
@inline export function gateLimited(x: v128): v128 {
  return f32x4.pmax(f32x4.pmin(x, constant(GATE, 10)), constant(GATE, 11));
}

/** `n + 1.5 * 2^23`. */
// @ts-ignore: decorator
@inline export function gateShifted(x: v128): v128 {
  return madd(x, constant(GATE, 0), constant(GATE, 1));
}

/** `x - n ln 2`. */
// @ts-ignore: decorator
@inline export function gateReduced(x: v128, shifted: v128): v128 {
  const n = f32x4.sub(shifted, constant(GATE, 1));
  return nmadd(n, constant(GATE, 3), nmadd(n, constant(GATE, 2), x));
}

/** `2^n power`: 0 for n = -127, infinite for n = 128. */
// @ts-ignore: decorator
@inline export function gateScaled(power: v128, shifted: v128): v128 {
  return f32x4.mul(power, i32x4.add(i32x4.shl(shifted, 23), constant(GATE, 9)));
}

/**
 * `e^x` with at most 2 ulp for -87.33 <= x <= 88.37; below -87.68 it is 0, above 88.37 infinite. NaN stays NaN. For
 * `1 + e^x`: a degree less than `expFast`.
 */
// @ts-ignore: decorator
@inline export function expGate(x: v128): v128 {
  x = gateLimited(x);
  const t = gateShifted(x);
  const r = gateReduced(x, t);
  let p = madd(constant(GATE, 4), r, constant(GATE, 5));
  p = madd(p, r, constant(GATE, 6));
  p = madd(p, r, constant(GATE, 7));
  p = madd(p, r, constant(GATE, 8));
  return gateScaled(madd(p, r, constant(GATE, 9)), t);
}
