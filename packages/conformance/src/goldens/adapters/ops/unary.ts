import type { Tensor } from "@saccade/core";
import * as core from "@saccade/core";
import type { Config } from "../../config.ts";
import type { AdapterTable } from "../table.ts";

type Elementwise = (x: Tensor, config: Config) => Tensor;

const INFINITY = Number.POSITIVE_INFINITY;

/** Integers have no bounds in the list: those of the recorded cases. */
const clamp: Elementwise = (x, config) => {
  const bounded = config.has("min") || config.has("max");
  const [low, high] = bounded ? [config.number("min", -INFINITY), config.number("max", INFINITY)] : [-2, 3];
  return core.clamp(x, low, high);
};

const power: Elementwise = (x, config) => core.pow(x, config.number("exponent"));

const elementwise: Readonly<Record<string, Elementwise>> = {
  abs: core.abs,
  acos: core.acos,
  asin: core.asin,
  atan: core.atan,
  // Masks are booleans to PyTorch, and their bits one.
  bitwise_not: (x) => (x.dtype === "u8" ? core.logicalNot(x) : core.bitNot(x)),
  ceil: core.ceil,
  clamp,
  clamp01: (x) => core.clamp(x, 0, 1),
  clamp_max: (x, config) => core.clamp(x, -INFINITY, config.number("max")),
  clamp_min: (x, config) => core.clamp(x, config.number("min"), INFINITY),
  clamp_min0: (x) => core.clamp(x, 0, INFINITY),
  cos: core.cos,
  elu: (x, config) => core.elu(x, config.number("alpha", 1)),
  erf: core.erf,
  exp: core.exp,
  expm1: core.expm1,
  floor: core.floor,
  frac: core.frac,
  gelu: core.gelu,
  gelu_tanh: core.geluTanh,
  glu: (x, config) => core.glu(x, config.number("dim", -1)),
  hardsigmoid: core.hardsigmoid,
  hardswish: core.hardswish,
  hardtanh: (x, config) => core.hardtanh(x, config.number("min", -1), config.number("max", 1)),
  isfinite: core.isFiniteMask,
  isinf: core.isInf,
  isnan: core.isNan,
  leaky_relu: (x, config) => core.leakyRelu(x, config.number("negative_slope", 0.01)),
  log: core.log,
  log1p: core.log1p,
  log2: core.log2,
  log_sigmoid: core.logSigmoid,
  logical_not: core.logicalNot,
  lshift: (x, config) => core.shiftLeft(x, config.number("shift", 2)),
  mish: core.mish,
  nan_to_num: (x, config) =>
    core.nanToNum(x, {
      nan: config.number("nan", 0),
      ...(config.has("posinf") ? { posInf: config.number("posinf") } : {}),
      ...(config.has("neginf") ? { negInf: config.number("neginf") } : {}),
    }),
  neg: core.neg,
  pow2: (x) => core.pow(x, 2),
  pow3: (x, config) => core.pow(x, config.number("exponent", 3)),
  pow_frac: power,
  pow_neg: power,
  quick_gelu: core.quickGelu,
  reciprocal: core.reciprocal,
  relu: core.relu,
  relu6: (x) => core.hardtanh(x, 0, 6),
  round: core.round,
  rshift: (x, config) => core.shiftRight(x, config.number("shift", 1)),
  rsqrt: core.rsqrt,
  selu: core.selu,
  sigmoid: core.sigmoid,
  sign: core.sign,
  silu: core.silu,
  sin: core.sin,
  softplus: (x, config) => core.softplus(x, config.number("beta", 1), config.number("threshold", 20)),
  softsign: core.softsign,
  sqrt: core.sqrt,
  square: core.square,
  square_sum: (x) => core.sum(core.square(x)),
  tan: core.tan,
  tanh: core.tanh,
  to_bool: (x) => core.cast(x, "u8"),
  to_float: core.toFloat,
  to_int64: (x) => core.cast(x, "i32"),
  trunc: core.trunc,
};

/** Functions of one tensor. */
export const unaryOps: AdapterTable = Object.fromEntries(
  Object.entries(elementwise).map(([op, fn]) => [op, ({ inputs: [x], config }) => fn(x, config)]),
);
