import * as core from "@saccade/core";
import { SkipCase } from "../../skip.ts";
import {
  at,
  binaryTable,
  type CallArgs,
  type FunctionTable,
  numberAt,
  operandAt,
  type PythonFunction,
  self,
  tensorAt,
  unaryTable,
} from "../call-args.ts";

const unary = unaryTable({
  abs: core.abs,
  acos: core.acos,
  asin: core.asin,
  atan: core.atan,
  bool: (x) => core.cast(x, "u8"),
  ceil: core.ceil,
  clone: core.copy,
  contiguous: core.contiguous,
  cos: core.cos,
  detach: core.detach,
  erf: core.erf,
  exp: core.exp,
  expm1: core.expm1,
  double: core.toFloat,
  float: core.toFloat,
  floor: core.floor,
  frac: core.frac,
  hardsigmoid: core.hardsigmoid,
  hardswish: core.hardswish,
  isfinite: core.isFiniteMask,
  isinf: core.isInf,
  isnan: core.isNan,
  log: core.log,
  log1p: core.log1p,
  log2: core.log2,
  logical_not: core.logicalNot,
  logsigmoid: core.logSigmoid,
  long: (x) => core.cast(x, "i32"),
  mish: core.mish,
  neg: core.neg,
  ones_like: (x) => core.fullLike(x, 1),
  reciprocal: core.reciprocal,
  relu: core.relu,
  relu6: (x) => core.hardtanh(x, 0, 6),
  round: core.round,
  rsqrt: core.rsqrt,
  selu: core.selu,
  sigmoid: core.sigmoid,
  sign: core.sign,
  silu: core.silu,
  sin: core.sin,
  softsign: core.softsign,
  sqrt: core.sqrt,
  square: core.square,
  tan: core.tan,
  tanh: core.tanh,
  trunc: core.trunc,
  zeros_like: (x) => core.fullLike(x, 0),
});

const binary = binaryTable({
  bitwise_and: core.bitAnd,
  bitwise_or: core.bitOr,
  bitwise_xor: core.bitXor,
  atan2: core.atan2,
  floor_divide: core.floorDiv,
  eq: core.eq,
  fmax: core.fmax,
  fmin: core.fmin,
  fmod: core.fmod,
  ge: core.ge,
  gt: core.gt,
  hypot: core.hypot,
  le: core.le,
  logical_and: core.logicalAnd,
  logical_or: core.logicalOr,
  lt: core.lt,
  maximum: core.maximum,
  minimum: core.minimum,
  mul: core.mul,
  ne: core.ne,
  pow: core.pow,
  remainder: core.remainder,
  true_divide: core.div,
});

/** `a + alpha b` and `a - alpha b`. */
const scaled =
  (fn: typeof core.add): PythonFunction =>
  (args) => {
    const [a, b] = [operandAt(args, 0, "input"), operandAt(args, 1, "other")];
    const alpha = numberAt(args, 2, "alpha", 1);
    return fn(a, alpha === 1 ? b : core.mul(b, alpha));
  };

const dtypes: Readonly<Record<string, (x: core.Tensor) => core.Tensor>> = {
  bool: (x) => core.cast(x, "u8"),
  double: core.toFloat,
  float: core.toFloat,
  float32: core.toFloat,
  float64: core.toFloat,
  int32: (x) => core.cast(x, "i32"),
  int64: (x) => core.cast(x, "i32"),
  long: (x) => core.cast(x, "i32"),
};

const factorAt = (args: CallArgs): number => numberAt(args, 3, "value", 1);

/** Functions of each element. */
export const elementwiseFunctions: FunctionTable = {
  ...unary,
  ...binary,
  add: scaled(core.add),
  sub: scaled(core.sub),
  addcdiv: (args) =>
    core.addcdiv(self(args), tensorAt(args, 1, "tensor1"), tensorAt(args, 2, "tensor2"), factorAt(args)),
  addcmul: (args) =>
    core.addcmul(self(args), tensorAt(args, 1, "tensor1"), tensorAt(args, 2, "tensor2"), factorAt(args)),
  clamp_max: (args) => core.clamp(self(args), Number.NEGATIVE_INFINITY, numberAt(args, 1, "max", 0)),
  clamp_min: (args) => core.clamp(self(args), numberAt(args, 1, "min", 0), Number.POSITIVE_INFINITY),
  div(args) {
    const [a, b] = [operandAt(args, 0, "input"), operandAt(args, 1, "other")];
    const mode = at(args, 2, "rounding_mode") ?? null;
    return (mode === "floor" ? core.floorDiv : mode === "trunc" ? core.truncDiv : core.div)(a, b);
  },
  gelu: (args) => (at(args, 1, "approximate") === "tanh" ? core.geluTanh : core.gelu)(self(args)),
  hardtanh: (args) =>
    core.hardtanh(self(args), numberAt(args, 1, "min_val", -1), numberAt(args, 2, "max_val", 1)),
  nan_to_num: (args) => core.nanToNum(self(args), { nan: numberAt(args, 1, "nan", 0) }),
  to(args) {
    const dtype = at(args, 1, "dtype");
    if (typeof dtype !== "string" || !dtypes[dtype]) throw new SkipCase(`to(${JSON.stringify(dtype)})`);
    return dtypes[dtype](self(args));
  },
  clamp: (args) =>
    core.clamp(
      self(args),
      numberAt(args, 1, "min", Number.NEGATIVE_INFINITY),
      numberAt(args, 2, "max", Number.POSITIVE_INFINITY),
    ),
  elu: (args) => core.elu(self(args), numberAt(args, 1, "alpha", 1)),
  leaky_relu: (args) => core.leakyRelu(self(args), numberAt(args, 1, "negative_slope", 0.01)),
  lerp: (args) => core.lerp(self(args), tensorAt(args, 1, "end"), operandAt(args, 2, "weight")),
  logaddexp: (args) => core.logaddexp(self(args), tensorAt(args, 1, "other")),
  masked_fill: (args) =>
    core.maskedFill(self(args), tensorAt(args, 1, "mask"), numberAt(args, 2, "value", 0)),
  softplus: (args) =>
    core.softplus(self(args), numberAt(args, 1, "beta", 1), numberAt(args, 2, "threshold", 20)),
  where: (args) => core.where(self(args), operandAt(args, 1, "input"), operandAt(args, 2, "other")),
  xlogy: (args) => core.xlogy(self(args), tensorAt(args, 1, "other")),
};
