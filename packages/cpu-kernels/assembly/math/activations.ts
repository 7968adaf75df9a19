/**
 * The activations and their derivatives, on four floats. At -infinity, GELU is 0, and the other products of x and
 * something that tends to 0 are NaN: as in PyTorch.
 */
import { madd } from "../simd";
import { constant } from "./constants";
import { tailArgument, twoTails } from "./erf";
import { exp, exp2Near, expBounded, expGate } from "./exp";
import { expm1 } from "./expm1";
import { nmadd, pick, signOf } from "./lanes";
import { log1p } from "./log";
import { tanh } from "./tanh";

// prettier-ignore
const TABLE: usize = memory.data<f32>([
  1, 0.5, 2,                        // 0, 1, 2
  -3.4028234663852886e38,           // 3: the lowest finite number
  1.702,                            // 4: quick GELU
  1.5957691216057308,               // 5: 2 sqrt(2 / pi)
  0.07135481282052,                 // 6: 0.044715 * 2 sqrt(2 / pi)
  0.21406443846156,                 // 7: 3 * 0.044715 * 2 sqrt(2 / pi)
  0.3989422804014327,               // 8: 1 / sqrt(2 pi)
  -0.5, 13, -13, 87, -87,           // 9, 10, 11, 12, 13: where derivatives have saturated
  0.16666666666666666,              // 14
  1.0507009873554805,               // 15: SELU's scale
  1.7580993408473766,               // 16: and scale times alpha
  -1.702,                           // 17
  -1.5957691216057308,              // 18: -5
  -0.07135481282052,                // 19: -6
  -0.7213475204444817,              // 20: -log2 e / 2
]);

// @ts-ignore: decorator
@inline function one(): v128 {
  return constant(TABLE, 0);
}

/** x, or the lowest finite number for -infinity. */
// @ts-ignore: decorator
@inline export function finiteBelow(x: v128): v128 {
  return f32x4.pmax(x, constant(TABLE, 3));
}

/** `1 / (1 + e^z)`. */
// @ts-ignore: decorator
@inline function falling(z: v128): v128 {
  return f32x4.div(one(), f32x4.add(expGate(z), one()));
}

/** `x / (1 + e^z)`. */
// @ts-ignore: decorator
@inline function gated(x: v128, z: v128): v128 {
  return f32x4.div(x, f32x4.add(expGate(z), one()));
}

/** NaN passes. */
// @ts-ignore: decorator
@inline export function relu(x: v128): v128 {
  return v128.andnot(x, f32x4.le(x, f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline export function sigmoid(x: v128): v128 {
  return falling(f32x4.neg(x));
}

// @ts-ignore: decorator
@inline export function silu(x: v128): v128 {
  return gated(x, f32x4.neg(x));
}

// @ts-ignore: decorator
@inline export function quickGeluArgument(x: v128): v128 {
  return f32x4.mul(x, constant(TABLE, 17));
}

// @ts-ignore: decorator
@inline export function quickGelu(x: v128): v128 {
  return gated(x, quickGeluArgument(x));
}

/** `x Phi(x) = max(x, 0) - |x| Phi(-|x|)`; absolute error below `1.5e-7 |x|`. */
// @ts-ignore: decorator
@inline export function gelu(x: v128): v128 {
  const a = tailArgument(x);
  return nmadd(twoTails(a), f32x4.mul(a, constant(TABLE, 1)), f32x4.pmax(x, f32x4.splat(0)));
}

/** The argument of tanh, twice: `0.5 (1 + tanh u)` is the sigmoid of 2u. */
// @ts-ignore: decorator
@inline function twiceInner(x: v128, x2: v128): v128 {
  return f32x4.mul(x, madd(x2, constant(TABLE, 6), constant(TABLE, 5)));
}

/** z in `x / (1 + e^z)`. */
// @ts-ignore: decorator
@inline export function geluTanhArgument(x: v128): v128 {
  return f32x4.mul(x, madd(f32x4.mul(x, x), constant(TABLE, 19), constant(TABLE, 18)));
}

// @ts-ignore: decorator
@inline export function geluTanh(x: v128): v128 {
  return gated(finiteBelow(x), geluTanhArgument(x));
}

/** x within [-13, 13], beyond which GELU's derivative is 0 or 1; NaN passes. */
// @ts-ignore: decorator
@inline export function bounded(x: v128): v128 {
  return f32x4.pmax(f32x4.pmin(x, constant(TABLE, 10)), constant(TABLE, 11));
}

/** dy where x > 0 (or NaN). */
// @ts-ignore: decorator
@inline export function reluBackward(x: v128, dy: v128): v128 {
  return v128.andnot(dy, f32x4.le(x, f32x4.splat(0)));
}

// @ts-ignore: decorator
@inline export function sigmoidBackward(x: v128, dy: v128): v128 {
  const s = sigmoid(x);
  return f32x4.mul(dy, nmadd(s, s, s));
}

// @ts-ignore: decorator
@inline export function tanhBackward(x: v128, dy: v128): v128 {
  const t = tanh(x);
  return f32x4.mul(dy, nmadd(t, t, one()));
}

/** `s (1 + z (1 - s))` with s = sigmoid(z). */
// @ts-ignore: decorator
@inline function siluSlope(z: v128): v128 {
  z = f32x4.pmax(f32x4.pmin(z, constant(TABLE, 12)), constant(TABLE, 13));
  const s = f32x4.div(one(), f32x4.add(one(), expBounded(f32x4.neg(z))));
  return f32x4.mul(s, madd(z, f32x4.sub(one(), s), one()));
}

// @ts-ignore: decorator
@inline export function siluBackward(x: v128, dy: v128): v128 {
  return f32x4.mul(dy, siluSlope(x));
}

// @ts-ignore: decorator
@inline export function quickGeluBackward(x: v128, dy: v128): v128 {
  return f32x4.mul(dy, siluSlope(f32x4.mul(x, constant(TABLE, 4))));
}

/** `-x^2/2` in powers of two, x bounded: above -122. */
// @ts-ignore: decorator
@inline export function density(x: v128): v128 {
  x = bounded(x);
  return f32x4.mul(f32x4.mul(x, x), constant(TABLE, 20));
}

/** `Phi(x) + x phi(x)` from x bounded, `2 Phi(-|x|)` and `e^(-x^2/2)`. */
// @ts-ignore: decorator
@inline export function geluSlope(x: v128, twoTails: v128, bell: v128): v128 {
  const half = constant(TABLE, 1);
  const side = v128.xor(nmadd(twoTails, half, half), signOf(x));
  return madd(x, f32x4.mul(bell, constant(TABLE, 8)), f32x4.add(half, side));
}

// @ts-ignore: decorator
@inline export function geluBackward(x: v128, dy: v128): v128 {
  return f32x4.mul(dy, geluSlope(bounded(x), twoTails(tailArgument(x)), exp2Near(density(x))));
}

// @ts-ignore: decorator
@inline export function geluTanhBackward(x: v128, dy: v128): v128 {
  x = bounded(x);
  const x2 = f32x4.mul(x, x);
  const s = falling(f32x4.neg(twiceInner(x, x2)));
  const slope = madd(x2, constant(TABLE, 7), constant(TABLE, 5));
  const rest = f32x4.mul(f32x4.mul(x, f32x4.sub(one(), s)), slope);
  return f32x4.mul(dy, madd(s, rest, s));
}

/** `x > 0 ? x : alpha (e^x - 1)`. */
// @ts-ignore: decorator
@inline export function elu(x: v128, alpha: v128): v128 {
  return pick(f32x4.gt(x, f32x4.splat(0)), x, f32x4.mul(alpha, expm1(x)));
}

// @ts-ignore: decorator
@inline export function selu(x: v128): v128 {
  return pick(f32x4.gt(x, f32x4.splat(0)), f32x4.mul(x, constant(TABLE, 15)), f32x4.mul(constant(TABLE, 16), expm1(x)));
}

// @ts-ignore: decorator
@inline export function hardsigmoid(x: v128): v128 {
  const y = madd(x, constant(TABLE, 14), constant(TABLE, 1));
  return f32x4.pmin(f32x4.pmax(y, f32x4.splat(0)), one());
}

// @ts-ignore: decorator
@inline export function hardswish(x: v128): v128 {
  return f32x4.mul(x, hardsigmoid(x));
}

/** `log(1 + e^z)`. */
// @ts-ignore: decorator
@inline function log1pExp(z: v128): v128 {
  const zero = f32x4.splat(0);
  return f32x4.add(f32x4.pmax(z, zero), log1p(exp(f32x4.neg(f32x4.abs(z)))));
}

/** `log(1 + e^(beta x)) / beta`, x where `beta x > threshold`. */
// @ts-ignore: decorator
@inline export function softplus(x: v128, beta: v128, threshold: v128): v128 {
  const z = f32x4.mul(x, beta);
  return pick(f32x4.gt(z, threshold), x, f32x4.div(log1pExp(z), beta));
}

// @ts-ignore: decorator
@inline export function logSigmoid(x: v128): v128 {
  return f32x4.neg(log1pExp(f32x4.neg(x)));
}

/** `x tanh(softplus(x))`: with `n = e (e + 2)`, `e = e^x`, it is `x n / (n + 2)`. */
// @ts-ignore: decorator
@inline export function mish(x: v128): v128 {
  const e = exp(f32x4.pmin(x, constant(TABLE, 10))); // tanh is 1 from 13 on
  const n = f32x4.mul(e, f32x4.add(e, constant(TABLE, 2)));
  return f32x4.mul(x, f32x4.div(n, f32x4.add(n, constant(TABLE, 2))));
}

// @ts-ignore: decorator
@inline export function softsign(x: v128): v128 {
  return f32x4.div(x, f32x4.add(one(), f32x4.abs(x)));
}
