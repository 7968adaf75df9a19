import type { UnaryName } from "../backend.ts";
import { isFloat, requireFloat } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import { runOne } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { asCountable, asFloat } from "./cast.ts";
import { defineUnary, type UnaryOp } from "./define-unary.ts";

const absOp = defineUnary("abs", { reads: "x", vjp: (dy, x) => mul(dy, sign(x)) });
const acosOp = defineUnary("acos", { reads: "x", vjp: (dy, x) => neg(mul(dy, rsqrt(sub(1, square(x))))) });
const asinOp = defineUnary("asin", { reads: "x", vjp: (dy, x) => mul(dy, rsqrt(sub(1, square(x)))) });
const atanOp = defineUnary("atan", { reads: "x", vjp: (dy, x) => div(dy, add(square(x), 1)) });
const bitNotOp = defineUnary("bitNot");
const ceilOp = defineUnary("ceil", { reads: "nothing", vjp: (dy) => mul(dy, 0) });
const cosOp = defineUnary("cos", { reads: "x", vjp: (dy, x) => neg(mul(dy, sin(x))) });
const erfOp = defineUnary("erf", {
  reads: "x",
  vjp: (dy, x) => mul(dy, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
});
const expOp = defineUnary("exp", { reads: "y", vjp: (dy, y) => mul(dy, y) });
const expm1Op = defineUnary("expm1", { reads: "y", vjp: (dy, y) => mul(dy, add(y, 1)) });
const floorOp = defineUnary("floor", { reads: "nothing", vjp: (dy) => mul(dy, 0) });
const isFiniteOp = defineUnary("isFinite");
const isInfOp = defineUnary("isInf");
const isNanOp = defineUnary("isNan");
const logOp = defineUnary("log", { reads: "x", vjp: (dy, x) => div(dy, x) });
const log1pOp = defineUnary("log1p", { reads: "x", vjp: (dy, x) => div(dy, add(x, 1)) });
const log2Op = defineUnary("log2", { reads: "x", vjp: (dy, x) => div(dy, mul(x, Math.LN2)) });
const logicalNotOp = defineUnary("logicalNot");
const negOp = defineUnary("neg", { reads: "nothing", vjp: (dy) => neg(dy) });
const powScalarOp = defineUnary("powScalar", {
  reads: "x",
  vjp: (dy, x, { a }) => (a === 0 ? mul(dy, 0) : mul(dy, mul(powScalar(x, a - 1), a))),
});
const reciprocalOp = defineUnary("reciprocal", { reads: "y", vjp: (dy, y) => neg(mul(dy, square(y))) });
const roundOp = defineUnary("round", { reads: "nothing", vjp: (dy) => mul(dy, 0) });
const rsqrtOp = defineUnary("rsqrt", { reads: "y", vjp: (dy, y) => mul(dy, mul(mul(square(y), y), -0.5)) });
const signOp = defineUnary("sign", { reads: "nothing", vjp: (dy) => mul(dy, 0) });
const sinOp = defineUnary("sin", { reads: "x", vjp: (dy, x) => mul(dy, cos(x)) });
const sqrtOp = defineUnary("sqrt", { reads: "y", vjp: (dy, y) => div(mul(dy, 0.5), y) });
const squareOp = defineUnary("square", { reads: "x", vjp: (dy, x) => mul(mul(dy, x), 2) });
const tanOp = defineUnary("tan", { reads: "y", vjp: (dy, y) => mul(dy, add(square(y), 1)) });
const truncOp = defineUnary("trunc", { reads: "nothing", vjp: (dy) => mul(dy, 0) });

/** Runs a unary op; with integers as floats where only floats make sense. @internal */
export function runUnary(op: UnaryOp, name: UnaryName, x: Tensor, a = 0, b = 0): Tensor {
  return runOne(op, [x], { op: name, a, b });
}

/** Integers pass unchanged through what rounds. */
function runRounding(op: UnaryOp, name: UnaryName, x: Tensor): Tensor {
  return isFloat(x.dtype) ? runUnary(op, name, x) : x;
}

/** `|x|`; gradient 0 at 0. */
export function abs(x: Tensor): Tensor {
  return asCountable(x, (y) => runUnary(absOp, "abs", y));
}

/** Arc cosine, in [0, pi]. */
export function acos(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(acosOp, "acos", y));
}

/** Arc sine, in [-pi/2, pi/2]. */
export function asin(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(asinOp, "asin", y));
}

/** Arc tangent, in (-pi/2, pi/2). */
export function atan(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(atanOp, "atan", y));
}

/** The complement of integers' bits. */
export function bitNot(x: Tensor): Tensor {
  if (isFloat(x.dtype)) throw new DTypeError(`bitNot: the input must be integer (got ${x.describe()})`);
  return runUnary(bitNotOp, "bitNot", x);
}

/** The integer at or above. */
export function ceil(x: Tensor): Tensor {
  return runRounding(ceilOp, "ceil", x);
}

/** Cosine of radians. */
export function cos(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(cosOp, "cos", y));
}

/** The error function, `2/sqrt(pi) int_0^x exp(-t^2) dt`. */
export function erf(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(erfOp, "erf", y));
}

/** `e^x`. */
export function exp(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(expOp, "exp", y));
}

/** `e^x - 1`, exact for small x. */
export function expm1(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(expm1Op, "expm1", y));
}

/** The integer at or below. */
export function floor(x: Tensor): Tensor {
  return runRounding(floorOp, "floor", x);
}

/** Mask (u8): neither NaN nor infinite. */
export function isFiniteMask(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(isFiniteOp, "isFinite", y));
}

/** Mask (u8): infinite. */
export function isInf(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(isInfOp, "isInf", y));
}

/** Mask (u8): NaN. */
export function isNan(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(isNanOp, "isNan", y));
}

/** Natural logarithm. */
export function log(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(logOp, "log", y));
}

/** `log(1 + x)`, exact for small x. */
export function log1p(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(log1pOp, "log1p", y));
}

/** Logarithm to base 2. */
export function log2(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(log2Op, "log2", y));
}

/** Mask (u8): 1 where x is 0. */
export function logicalNot(x: Tensor): Tensor {
  return runUnary(logicalNotOp, "logicalNot", x);
}

/** `-x`. */
export function neg(x: Tensor): Tensor {
  return asCountable(x, (y) => runUnary(negOp, "neg", y));
}

/** `x^exponent`, elementwise, for a number; integers stay integers for whole exponents >= 0. */
export function powScalar(x: Tensor, exponent: number): Tensor {
  if (exponent === 0.5) return sqrt(x);
  if (exponent === -0.5) return rsqrt(x);
  const whole = Number.isInteger(exponent) && exponent >= 0;
  return (whole ? asCountable : asFloat)(x, (y) => runUnary(powScalarOp, "powScalar", y, exponent));
}

/** `1 / x`. */
export function reciprocal(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(reciprocalOp, "reciprocal", y));
}

/** The nearest integer, halves to even. */
export function round(x: Tensor): Tensor {
  return runRounding(roundOp, "round", x);
}

/** `1 / sqrt(x)`. */
export function rsqrt(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(rsqrtOp, "rsqrt", y));
}

/** -1, 0 or 1. */
export function sign(x: Tensor): Tensor {
  return asCountable(x, (y) => runUnary(signOp, "sign", y));
}

/** Sine of radians. */
export function sin(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(sinOp, "sin", y));
}

/** Square root. */
export function sqrt(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(sqrtOp, "sqrt", y));
}

/** `x^2`. */
export function square(x: Tensor): Tensor {
  return asCountable(x, (y) => runUnary(squareOp, "square", y));
}

/** Tangent of radians. */
export function tan(x: Tensor): Tensor {
  return asFloat(x, (y) => runUnary(tanOp, "tan", y));
}

/** The integer part. */
export function trunc(x: Tensor): Tensor {
  return runRounding(truncOp, "trunc", x);
}

/** `x - trunc(x)`. */
export function frac(x: Tensor): Tensor {
  requireFloat("frac", x);
  return tidy(() => sub(x, trunc(x)));
}
