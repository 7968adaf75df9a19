import type { ActivationName, UnaryName, View } from "@saccade/core/backend";
import { library } from "../wgsl/library.ts";
import type { Launcher } from "./launch.ts";
import { map } from "./map.ts";
import { type ScalarFunction, type ScalarRow, scalarFunction } from "./scalar-row.ts";

/** Expressions in `x`, `P.a` and `P.b`. */
type Row = ScalarRow;

const call = (name: string): Row => ({ f32: `${name}(x)`, uses: [name] });
const truth = (condition: string): string => `select(0u, 1u, ${condition})`;

const table: { readonly [N in UnaryName]: Row } = {
  abs: { f32: "magnitude(x)", i32: "abs(x)", uses: ["magnitude"] },
  acos: call("acos_"),
  affine: { f32: "x * P.a + P.b", i32: "x * P.ia + P.ib" },
  asin: call("asin_"),
  atan: call("atan_"),
  bitNot: { i32: "~x", u8: "~x" },
  ceil: { f32: "withSign(ceil(x), x)", i32: "x", uses: ["withSign"] },
  clamp: {
    f32: "clamp_(x, P.a, P.b)",
    i32: "min(max(x, P.ia), P.ib)",
    uses: ["clamp_"],
  },
  cos: call("cos_"),
  elu: { f32: "elu_(x, P.a)", uses: ["elu_"] },
  erf: call("erf_"),
  exp: call("exp_"),
  expm1: call("expm1_"),
  floor: { f32: "withSign(floor(x), x)", i32: "x", uses: ["withSign"] },
  gelu: call("gelu_"),
  geluTanh: call("geluTanh_"),
  hardsigmoid: call("hardsigmoid_"),
  hardswish: { f32: "x * hardsigmoid_(x)", uses: ["hardsigmoid_"] },
  isFinite: { f32: truth("!isNan(x) && !isInf(x)"), i32: "1u", u8: "1u", uses: ["isNan", "isInf"] },
  isInf: { f32: truth("isInf(x)"), i32: "0u", u8: "0u", uses: ["isInf"] },
  isNan: { f32: truth("isNan(x)"), i32: "0u", u8: "0u", uses: ["isNan"] },
  leakyRelu: { f32: "select(x * P.a, x, x > 0.0)" },
  log: call("log_"),
  log1p: call("log1p_"),
  log2: call("log2_"),
  logSigmoid: { f32: "-log1pExp(-x)", uses: ["log1pExp"] },
  logicalNot: { f32: truth("x == 0.0"), i32: truth("x == 0"), u8: truth("x == 0u") },
  mish: call("mish_"),
  neg: { f32: "negate(x)", i32: "-x", uses: ["negate"] },
  powScalar: { f32: "pow_(x, P.a)", i32: "intPower(x, P.ia)", uses: ["pow_", "intPower"] },
  quickGelu: call("quickGelu_"),
  reciprocal: { f32: "divide(1.0, x)", uses: ["divide"] },
  relu: { f32: "relu_(x)", i32: "max(x, 0)", u8: "x", uses: ["relu_"] },
  round: { f32: "round_(x)", i32: "x", uses: ["round_"] },
  rsqrt: { f32: "divide(1.0, squareRoot(x))", uses: ["divide", "squareRoot"] },
  selu: call("selu_"),
  sigmoid: call("sigmoid_"),
  sign: { f32: "select(select(0.0, -1.0, x < 0.0), 1.0, x > 0.0) + select(0.0, x, isNan(x))", i32: "sign(x)", uses: ["isNan"] },
  silu: call("silu_"),
  sin: call("sin_"),
  softplus: { f32: "softplus_(x, P.a, P.b)", uses: ["softplus_"] },
  softsign: call("softsign_"),
  sqrt: call("squareRoot"),
  square: { f32: "x * x", i32: "x * x" },
  tan: call("tan_"),
  tanh: call("tanh_"),
  trunc: { f32: "withSign(trunc(x), x)", i32: "x", uses: ["withSign"] },
}; // biome-ignore format: a table reads better

/** The function of a float `x`, without parameters: a number, or a u32 that is 1 where it is true. */
export function unaryOfFloat(op: UnaryName): ScalarFunction {
  return scalarFunction(`unary ${op}`, table[op], "f32");
}

/** The activations of fused kernels: WGSL function and slope. */
export const activations: {
  readonly [N in ActivationName]: { readonly value: string; readonly slope: string };
} = {
  gelu: { value: "gelu_", slope: "geluSlope" },
  geluTanh: { value: "geluTanh_", slope: "geluTanhSlope" },
  relu: { value: "relu_", slope: "reluSlope" },
  silu: { value: "silu_", slope: "siluSlope" },
  sigmoid: { value: "sigmoid_", slope: "sigmoidSlope" },
  tanh: { value: "tanh_", slope: "tanhSlope" },
  quickGelu: { value: "quickGelu_", slope: "quickGeluSlope" },
};

export function unary(
  launcher: Launcher,
  x: View,
  out: View,
  { op, a, b }: { readonly op: UnaryName; readonly a: number; readonly b: number },
): void {
  const { expression, uses } = scalarFunction(`unary ${op}`, table[op], x.dtype);
  map(launcher, {
    key: `unary ${op}`,
    inputs: [x],
    output: out,
    uniforms: (u) => u.f32("a", a).f32("b", b).i32("ia", saturated(a)).i32("ib", saturated(b)),
    functions: () => library(uses()),
    expression: expression.replace(/\bx\b/g, "a"),
  });
}

/** As a 32-bit integer; infinities become the bounds. */
function saturated(x: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x)));
}
