/** The numbers by which the WASM kernels know the scalar functions: their places in these lists. */
import type { ActivationName, BinaryName, UnaryName } from "@saccade/core/backend";

// biome-ignore format: a table reads better
const unaryNames = [
  "abs", "acos", "affine", "asin", "atan", "bitNot", "ceil", "clamp", "cos", "elu", "erf", "exp", "expm1", "floor",
  "gelu", "geluTanh", "hardsigmoid", "hardswish", "isFinite", "isInf", "isNan", "leakyRelu", "log", "log1p", "log2",
  "logSigmoid", "logicalNot", "mish", "neg", "powScalar", "quickGelu", "reciprocal", "relu", "round", "rsqrt", "selu",
  "sigmoid", "sign", "silu", "sin", "softplus", "softsign", "sqrt", "square", "tan", "tanh", "trunc",
] as const satisfies readonly UnaryName[];

// biome-ignore format: a table reads better
const binaryNames = [
  "add", "sub", "mul", "div", "floorDiv", "truncDiv", "remainder", "fmod", "pow", "maximum", "minimum", "fmax", "fmin",
  "atan2", "hypot", "eq", "ne", "lt", "le", "gt", "ge", "logicalAnd", "logicalOr", "logicalXor", "bitAnd", "bitOr",
  "bitXor", "shiftLeft", "shiftRight",
] as const satisfies readonly BinaryName[];

const activationNames = [
  "gelu",
  "geluTanh",
  "relu",
  "silu",
  "sigmoid",
  "tanh",
  "quickGelu",
] as const satisfies readonly ActivationName[];

function codes<N extends string>(names: readonly N[]): Readonly<Record<N, number>> {
  return Object.fromEntries(names.map((name, code) => [name, code])) as Record<N, number>;
}

export const unaryCode: Readonly<Record<UnaryName, number>> = codes(unaryNames);
export const binaryCode: Readonly<Record<BinaryName, number>> = codes(binaryNames);
export const activationCode: Readonly<Record<ActivationName, number>> = codes(activationNames);
