import type { UnaryName } from "../backend.ts";
import { erf } from "./erf.ts";

/** A scalar function of x and two parameters, in f64. */
export type UnaryFunction = (x: number, a: number, b: number) => number;

const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
/** NaN passes; written so that -0 stays. The upper bound counts where it lies below the lower one. */
const clamp = (x: number, low: number, high: number): number =>
  x > high || (low > high && x <= high) ? high : x < low ? low : x;
const hardsigmoid = (x: number): number => clamp(x / 6 + 0.5, 0, 1);

/** Rounds half to even, as IEEE 754 and PyTorch do; -0 stays. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest < 0.5) return floor === 0 && Object.is(Math.sign(x), -0) ? -0 : floor;
  if (rest > 0.5 || floor % 2 !== 0) return floor + 1 === 0 && x < 0 ? -0 : floor + 1;
  return floor;
}

/** sqrt(2 / pi) */
const SQRT_2_OVER_PI = 0.7978845608028654;
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** The definition of every unary function. `a` and `b` are what the name says they are. */
export const unaryFunctions: { readonly [N in UnaryName]: UnaryFunction } = {
  abs: (x) => Math.abs(x),
  acos: (x) => Math.acos(x),
  /** x a + b */
  affine: (x, a, b) => x * a + b,
  asin: (x) => Math.asin(x),
  atan: (x) => Math.atan(x),
  bitNot: (x) => ~x,
  ceil: (x) => Math.ceil(x),
  /** a <= y <= b */
  clamp,
  cos: (x) => Math.cos(x),
  elu: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
  erf,
  exp: (x) => Math.exp(x),
  expm1: (x) => Math.expm1(x),
  floor: (x) => Math.floor(x),
  gelu: (x) => (x === -Infinity ? 0 : 0.5 * x * (1 + erf(x * Math.SQRT1_2))),
  geluTanh: (x) =>
    x === -Infinity ? 0 : 0.5 * x * (1 + Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x))),
  hardsigmoid,
  hardswish: (x) => x * hardsigmoid(x),
  isFinite: (x) => (Number.isFinite(x) ? 1 : 0),
  isInf: (x) => (x === Infinity || x === -Infinity ? 1 : 0),
  isNan: (x) => (Number.isNaN(x) ? 1 : 0),
  leakyRelu: (x, slope) => (x > 0 ? x : x * slope),
  log: (x) => Math.log(x),
  log1p: (x) => Math.log1p(x),
  log2: (x) => Math.log2(x),
  logSigmoid: (x) => -softplus(-x),
  logicalNot: (x) => (x === 0 ? 1 : 0),
  mish: (x) => x * Math.tanh(softplus(x)),
  neg: (x) => -x,
  powScalar: (x, exponent) => x ** exponent,
  quickGelu: (x) => x * sigmoid(1.702 * x),
  reciprocal: (x) => 1 / x,
  /** NaN passes. */
  relu: (x) => (x <= 0 ? 0 : x),
  round: roundHalfEven,
  rsqrt: (x) => 1 / Math.sqrt(x),
  selu: (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
  sigmoid,
  sign: (x) => Math.sign(x),
  /** NaN at -inf, as in PyTorch. */
  silu: (x) => x * sigmoid(x),
  sin: (x) => Math.sin(x),
  /** log(1 + exp(beta x)) / beta; x itself where beta x > threshold */
  softplus: (x, beta, threshold) => (x * beta > threshold ? x : softplus(x * beta) / beta),
  softsign: (x) => x / (1 + Math.abs(x)),
  sqrt: (x) => Math.sqrt(x),
  square: (x) => x * x,
  tan: (x) => Math.tan(x),
  tanh: (x) => Math.tanh(x),
  trunc: (x) => Math.trunc(x),
};

/** The unary functions whose result is a mask. */
export const maskUnaries: ReadonlySet<UnaryName> = new Set<UnaryName>([
  "isFinite",
  "isInf",
  "isNan",
  "logicalNot",
]);
