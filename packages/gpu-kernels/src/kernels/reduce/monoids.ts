import type { ReduceName, View } from "@saccade/core/backend";
import { library } from "../../wgsl/library.ts";
import { computedType } from "../../wgsl/operand.ts";

/** What sums are kept in: f32 for halves, too. */
export type Accumulator = "f32" | "i32";

/** How numbers are joined, in WGSL. */
interface Monoid {
  readonly identity: string;
  readonly join: (a: string, b: string) => string;
  readonly uses?: readonly string[];
}

const lowest = "i32(-2147483647 - 1)";
const monoids: { readonly [N in ReduceName]: { readonly [A in Accumulator]: Monoid } } = {
  sum: {
    f32: { identity: "0.0", join: (a, b) => `${a} + ${b}` },
    i32: { identity: "0", join: (a, b) => `${a} + ${b}` },
  },
  prod: {
    f32: { identity: "1.0", join: (a, b) => `${a} * ${b}` },
    i32: { identity: "1", join: (a, b) => `${a} * ${b}` },
  },
  max: {
    f32: { identity: "-infinity()", join: (a, b) => `larger(${a}, ${b})`, uses: ["larger"] },
    i32: { identity: lowest, join: (a, b) => `max(${a}, ${b})` },
  },
  min: {
    f32: { identity: "infinity()", join: (a, b) => `smaller(${a}, ${b})`, uses: ["smaller"] },
    i32: { identity: "2147483647", join: (a, b) => `min(${a}, ${b})` },
  },
  any: {
    f32: { identity: "0.0", join: (a, b) => `max(${a}, ${b})` },
    i32: { identity: "0", join: (a, b) => `${a} | ${b}` },
  },
  all: {
    f32: { identity: "1.0", join: (a, b) => `min(${a}, ${b})` },
    i32: { identity: "1", join: (a, b) => `${a} & ${b}` },
  },
};

/** `identity_()`, `join(a, b)`, and the same of four: `join4`. */
export function joining(op: ReduceName, type: Accumulator): string {
  const { identity, join, uses = [] } = monoids[op][type];
  const parts = ["x", "y", "z", "w"].map((k) => `join(a.${k}, b.${k})`);
  return `${library(uses)}fn identity_() -> ${type} { return ${identity}; }
fn join(a: ${type}, b: ${type}) -> ${type} { return ${join("a", "b")}; }
fn join4(a: vec4<${type}>, b: vec4<${type}>) -> vec4<${type}> { return vec4<${type}>(${parts.join(", ")}); }
`;
}

export function accumulator(out: View): Accumulator {
  return computedType[out.dtype] === "f32" ? "f32" : "i32";
}

/** What a loaded element `x` becomes before it is joined. */
export function termOf(op: ReduceName, view: View): string {
  if (op === "any" || op === "all") {
    return computedType[view.dtype] === "f32"
      ? "select(1, 0, bitcast<u32>(x) << 1u == 0u)"
      : `select(0, 1, x != ${view.dtype === "u8" ? "0u" : "0"})`;
  }
  return view.dtype === "u8" ? "i32(x)" : "x";
}
