import type { BinaryName, KernelFunction, RequiredKernels, View } from "@saccade/core/backend";
import { library } from "../wgsl/library.ts";
import type { Launcher } from "./launch.ts";
import { map } from "./map.ts";
import { type ScalarFunction, type ScalarRow, scalarFunction } from "./scalar-row.ts";

/** Expressions in `a` and `b`. */
type Row = ScalarRow;

const truth = (condition: string): string => `select(0u, 1u, ${condition})`;
/** False for NaN, which compilers may forget when they turn a comparison round. */
const comparison = (sign: string): Row => {
  const expression = truth(`a ${sign} b`);
  return { f32: truth(`a ${sign} b && ordered(a, b)`), i32: expression, u8: expression, uses: ["ordered"] };
};
const logic = (sign: string): Row => ({
  f32: truth(`(a != 0.0 || isNan(a)) ${sign} (b != 0.0 || isNan(b))`),
  i32: truth(`(a != 0) ${sign} (b != 0)`),
  u8: truth(`(a != 0u) ${sign} (b != 0u)`),
  uses: ["isNan"],
});
const both = (expression: string): Row => ({ f32: expression, i32: expression });
const bits = (expression: string): Row => ({ i32: expression, u8: expression });

const table: { readonly [N in BinaryName]: Row } = {
  add: both("a + b"),
  sub: both("a - b"),
  mul: both("a * b"),
  div: { f32: "divide(a, b)", i32: "intDiv(a, b)", uses: ["divide", "intDiv"] },
  floorDiv: { f32: "floorDiv_(a, b)", i32: "intFloorDiv(a, b)", uses: ["floorDiv_", "intFloorDiv"] },
  truncDiv: { f32: "truncDiv_(a, b)", i32: "intDiv(a, b)", uses: ["truncDiv_", "intDiv"] },
  remainder: { f32: "remainder_(a, b)", i32: "intRemainder(a, b)", uses: ["remainder_", "intRemainder"] },
  fmod: { f32: "fmod_(a, b)", i32: "intMod(a, b)", uses: ["fmod_", "intMod"] },
  pow: { f32: "pow_(a, b)", i32: "intPower(a, b)", uses: ["pow_", "intPower"] },
  maximum: { f32: "larger(a, b)", i32: "max(a, b)", uses: ["larger"] },
  minimum: { f32: "smaller(a, b)", i32: "min(a, b)", uses: ["smaller"] },
  fmax: { f32: "select(select(larger(a, b), a, isNan(b)), b, isNan(a))", i32: "max(a, b)", uses: ["larger"] },
  fmin: { f32: "select(select(smaller(a, b), a, isNan(b)), b, isNan(a))", i32: "min(a, b)", uses: ["smaller"] },
  atan2: { f32: "atan2_(a, b)", uses: ["atan2_"] },
  hypot: { f32: "hypot_(a, b)", uses: ["hypot_"] },
  eq: comparison("=="),
  ne: { f32: truth("a != b || !ordered(a, b)"), i32: truth("a != b"), u8: truth("a != b"), uses: ["ordered"] },
  lt: comparison("<"),
  le: comparison("<="),
  gt: comparison(">"),
  ge: comparison(">="),
  logicalAnd: logic("&&"),
  logicalOr: logic("||"),
  logicalXor: logic("!="),
  bitAnd: bits("a & b"),
  bitOr: bits("a | b"),
  bitXor: bits("a ^ b"),
  shiftLeft: { i32: "a << (u32(b) & 31u)", u8: "a << (b & 31u)" },
  shiftRight: { i32: "a >> (u32(b) & 31u)", u8: "a >> (b & 31u)" },
}; // biome-ignore format: a table reads better

/** The function of floats `a` and `b`: a number, or a u32 that is 1 where it is true. */
export function binaryOfFloats(op: BinaryName): ScalarFunction {
  return scalarFunction(`binary ${op}`, table[op], "f32");
}

export function binary(launcher: Launcher, a: View, b: View, out: View, op: BinaryName): void {
  const { expression, uses } = scalarFunction(`binary ${op}`, table[op], a.dtype);
  map(launcher, {
    key: `binary ${op}`,
    inputs: [a, b],
    output: out,
    functions: () => library(uses()),
    expression,
  });
}

/** The kernel, but where a product that waits can write the sum, too: see `Deferred`. */
export function addingToWaiting(
  launcher: Launcher,
  kernel: KernelFunction<RequiredKernels["binary"]>,
): KernelFunction<RequiredKernels["binary"]> {
  return (inputs, outputs, attrs) => {
    const [a, b] = inputs;
    const added = attrs.op === "add" && a.dtype === "f32" && launcher.addToWaiting(a, b, outputs[0]);
    if (!added) kernel(inputs, outputs, attrs);
  };
}
