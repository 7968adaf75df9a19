import {
  type FusedKernels,
  type KernelFunction,
  keepRule,
  type RequiredKernels,
} from "@saccade/core/backend";
import type { Cornered, Placed } from "../split/rules.ts";
import { library } from "../wgsl/library.ts";
import { computedType } from "../wgsl/operand.ts";
import { adamwStep } from "./adamw.ts";
import { binary } from "./binary.ts";
import { copy } from "./copy.ts";
import type { Launcher } from "./launch.ts";
import { map } from "./map.ts";
import { randomHalves, randomWords } from "./random-source.ts";
import { activations, unary } from "./unary.ts";

type Required = { readonly [N in keyof RequiredKernels]: KernelFunction<RequiredKernels[N]> };
type Fused = { readonly [N in keyof FusedKernels]: KernelFunction<FusedKernels[N]> };

/** The required kernels that treat elements one by one. */
export function elementwiseKernels(
  launcher: Launcher,
): Pick<Required, "fill" | "iota" | "random" | "copy" | "cast" | "unary" | "binary" | "where"> {
  return {
    fill: (_, [out], { value }) => {
      const float = computedType[out.dtype] === "f32";
      map(launcher, {
        key: "fill",
        inputs: [],
        output: out,
        uniforms: (u) => (float ? u.f32("value", value) : u.i32("value", value)),
        expression: out.dtype === "u8" ? "u32(P.value)" : "P.value",
      });
    },
    iota: (_, [out], { start, step }) => {
      const float = computedType[out.dtype] === "f32";
      map(launcher, {
        key: "iota",
        inputs: [],
        output: out,
        uniforms: (u) =>
          float ? u.f32("start", start).f32("step", step) : u.i32("start", start).i32("step", step),
        expression: iotas[computedType[out.dtype]],
      });
    },
    random: (_, [out], { key, kind, first = 0 }: RandomAttrs) =>
      map(launcher, {
        key: `random ${kind}`,
        inputs: [],
        output: out,
        random: randomWords(key, first),
        functions: () => library(["uniformOf", "rotated", "log_"]) + normalDeviate,
        expression: randomExpressions[kind],
      }),
    copy: ([x], [out]) => copy(launcher, x, out),
    cast: ([x], [out]) => {
      const expression = casts[`${computedType[x.dtype]} ${computedType[out.dtype]}`];
      if (expression === undefined) throw new RangeError(`cast: not from ${x.dtype} to ${out.dtype}`);
      map(launcher, {
        key: "cast",
        inputs: [x],
        output: out,
        functions: () => library(["isNan"]),
        expression,
      });
    },
    unary: ([x], [out], attrs) => unary(launcher, x, out, attrs),
    binary: ([a, b], [out], { op }) => binary(launcher, a, b, out, op),
    where: ([condition, a, b], [out]) =>
      map(launcher, {
        key: "where",
        inputs: [condition, a, b],
        output: out,
        expression: "select(c, b, a != 0u)",
      }),
  };
}

/** The fused kernels that treat elements one by one. */
export function fusedElementwiseKernels(
  launcher: Launcher,
): Pick<Fused, "unaryBackward" | "glu" | "gluBackward" | "dropout" | "adamwStep"> {
  return {
    unaryBackward: ([x, dy], [dx], { op }) =>
      map(launcher, {
        key: `unaryBackward ${op}`,
        inputs: [x, dy],
        output: dx,
        functions: () => library([activations[op].slope, "isNan"]),
        expression:
          op === "relu"
            ? "select(0.0, b, reluSlope(a) != 0.0)"
            : `b * select(${activations[op].slope}(a), a, isNan(a))`,
      }),
    glu: ([gate, up], [y], { activation }) =>
      map(launcher, {
        key: `glu ${activation}`,
        inputs: [gate, up],
        output: y,
        functions: () => library([activations[activation].value]),
        expression: `${activations[activation].value}(a) * b`,
      }),
    gluBackward: ([gate, up, dy], [dGate, dUp], { activation }) => {
      const { value, slope } = activations[activation];
      map(launcher, {
        key: `gluBackward gate ${activation}`,
        inputs: [gate, up, dy],
        output: dGate,
        functions: () => library([slope, "isNan"]),
        expression: `c * b * select(${slope}(a), a, isNan(a))`,
      });
      map(launcher, {
        key: `gluBackward up ${activation}`,
        inputs: [gate, dy],
        output: dUp,
        functions: () => library([value]),
        expression: `b * ${value}(a)`,
      });
    },
    dropout: ([x], [y], attrs: DropoutAttrs) => {
      const { p, key, rows, corner = { row: 0, column: 0, rows: x.shape.at(-2) ?? 1 } } = attrs;
      const { least, factor } = keepRule(p);
      map(launcher, {
        key: "dropout",
        inputs: [x],
        output: y,
        random: randomHalves(key, x.shape.at(-1) ?? 1, corner, rows),
        uniforms: (u) => u.u32("least", least).f32("factor", factor),
        expression: "select(0.0, a * P.factor, half >= P.least)",
      });
    },
    adamwStep: adamwStep(launcher),
  };
}

const iotas = {
  f32: "P.start + f32(i) * P.step",
  i32: "P.start + i32(i) * P.step",
  u32: "u32(P.start + i32(i) * P.step)",
} as const;

type RandomAttrs = RequiredKernels["random"]["attrs"] & Placed;
type DropoutAttrs = FusedKernels["dropout"]["attrs"] & Cornered;

/** The element's own word of its block. */
const word = "select(block.x, block.y, odd)";
const randomExpressions = {
  bits: `bitcast<i32>(${word})`,
  uniform: `uniformOf(${word})`,
  normal: "normalDeviate(block, odd)",
} as const;

/** Box-Muller; sin and cos of 2 pi u by quarter turns: 4 u = n + f is exact. */
const normalDeviate = `fn normalDeviate(block: vec2<u32>, odd: bool) -> f32 {
  let radius = sqrt(-2.0 * log_(1.0 - uniformOf(block.x)));
  let turns = 4.0 * uniformOf(block.y);
  let n = round(turns);
  return radius * rotated((turns - n) * 1.5707963267948966, i32(n) + select(1, 0, odd));
}
`;

/** By the types that kernels compute in. Towards zero, saturating; NaN gives 0. To bytes: as a mask, for integers too. */
const casts: Readonly<Record<string, string>> = {
  "f32 i32":
    "select(select(select(i32(clamp(a, -2147483648.0, 2147483520.0)), 2147483647, a >= 2147483648.0), i32(-2147483647 - 1), a < -2147483648.0), 0, isNan(a))",
  "f32 u32": "select(0u, 1u, a != 0.0 || isNan(a))",
  "i32 f32": "f32(a)",
  "i32 u32": "select(0u, 1u, a != 0)",
  "u32 f32": "f32(a)",
  "u32 i32": "i32(a)",
  "f32 f32": "a",
  "i32 i32": "a",
  "u32 u32": "a",
};
