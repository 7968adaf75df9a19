import type { DType, UnaryName } from "@saccade/core/backend";
import { type KernelCase, kernelCase, type LayoutSpec, type Values } from "./case.ts";
import { stridedLayouts } from "./layouts.ts";
import {
  anyInteger,
  f32,
  inputOf,
  integers,
  list,
  MANY,
  named,
  normal,
  oddSizes,
  out,
  specials,
  uniform,
  usual,
} from "./specs.ts";
import { type UnaryRow, unaryTable } from "./unary-table.ts";

const halves = list(0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997, -0.49999997, 4194304.5);

interface Call {
  readonly op: UnaryName;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: Values;
  readonly layout?: LayoutSpec;
  readonly a?: number;
  readonly b?: number;
}

function unary(name: string, { op, dtype, shape, values, layout, a = 0, b = 0 }: Call): KernelCase<"unary"> {
  const to = unaryTable[op].mask ? "u8" : dtype;
  return kernelCase(
    "unary",
    `${op} ${dtype} ${name}`,
    [inputOf[dtype](shape, values, layout)],
    [out(to, shape)],
    { op, a, b },
  );
}

function rowCases(op: UnaryName, row: UnaryRow): KernelCase<"unary">[] {
  const cases: KernelCase<"unary">[] = [];
  const params = row.params ?? [[0, 0]];
  for (const [a, b] of params) {
    const suffix = row.params ? `a ${a} b ${b}` : "";
    if (!row.integersOnly) {
      cases.push(unary(`special ${suffix}`, { op, dtype: "f32", shape: [43], values: specials, a, b }));
      for (const [low, high] of row.ranges) {
        cases.push(
          unary(`in [${low}, ${high}] ${suffix}`, {
            op,
            dtype: "f32",
            shape: [517],
            values: uniform(low, high),
            a,
            b,
          }),
        );
      }
    }
    for (const [dtype, values] of row.integers ?? []) {
      const whole = Number.isInteger(a) || !Number.isFinite(a);
      if (whole && Number.isInteger(b))
        cases.push(unary(`${suffix}`, { op, dtype, shape: [261], values, a, b }));
    }
  }
  const [a, b] = params[0];
  const [dtype, values]: readonly [DType, Values] = row.integersOnly
    ? ["i32", anyInteger]
    : ["f32", uniform(...row.ranges[0])];
  cases.push(
    unary("with steps [5,7]", {
      op,
      dtype,
      shape: [5, 7],
      values,
      layout: { steps: [2, 3], offset: 1 },
      a,
      b,
    }),
  );
  return cases;
}

const everyOp = (Object.keys(unaryTable) as UnaryName[]).flatMap((op) => rowCases(op, unaryTable[op]));

// Sizes and layouts are the same loop for all of them; these stand for the rest, one per output dtype and loop.
const representatives: readonly (readonly [UnaryName, DType])[] = [
  ["neg", "f32"],
  ["exp", "f32"],
  ["isNan", "f32"],
  ["neg", "i32"],
  ["logicalNot", "u8"],
  ["exp", "f64"],
];

const everySize = representatives.flatMap(([op, dtype]) =>
  [...oddSizes, MANY].map((size) => unary(`[${size}]`, { op, dtype, shape: [size], values: usual[dtype] })),
);

const everyLayout = representatives.flatMap(([op, dtype]) =>
  [[], [19], [5, 7], [3, 4, 5], [33, 65]].flatMap((shape) =>
    stridedLayouts(Math.max(1, shape.length))
      .filter(() => shape.length > 0)
      .map(([name, layout]) =>
        unary(`${name} ${named(shape)}`, { op, dtype, shape, values: usual[dtype], layout }),
      ),
  ),
);

const more = [
  unary("halves", { op: "round", dtype: "f32", shape: [9], values: halves }),
  unary("scalar", { op: "exp", dtype: "f32", shape: [], values: list(1) }),
  unary("empty", { op: "exp", dtype: "f32", shape: [3, 0], values: list(1) }),
  unary("large", { op: "tanh", dtype: "f32", shape: [257, 512], values: normal(2) }),
  unary("large sliced", {
    op: "gelu",
    dtype: "f32",
    shape: [257, 512],
    values: normal(2),
    layout: { steps: [1, 2] },
  }),
  unary("cubes", { op: "powScalar", dtype: "f32", shape: [65], values: integers(-20, 20), a: 3 }),
  unary("inverse of negative", {
    op: "powScalar",
    dtype: "f32",
    shape: [65],
    values: integers(-20, 20),
    a: -1,
  }),
  unary("squares of integers", {
    op: "powScalar",
    dtype: "i32",
    shape: [65],
    values: integers(-200, 200),
    a: 2,
  }),
  unary("zeroth power of integers", {
    op: "powScalar",
    dtype: "i32",
    shape: [65],
    values: integers(-3, 3),
    a: 0,
  }),
  unary("fourth power of integers", {
    op: "powScalar",
    dtype: "i32",
    shape: [65],
    values: integers(-90, 90),
    a: 4,
  }),
  unary("relu of masks", { op: "relu", dtype: "u8", shape: [33], values: usual.u8 }),
  kernelCase(
    "unary",
    "huge angles",
    [f32([6], list(1e15, -1e20, 1e30, 3.4e38, 2 ** 60, 355))],
    [out("f32", [6])],
    { op: "sin", a: 0, b: 0 },
  ),
];

export const unaryCases: readonly KernelCase<"unary">[] = [...everyOp, ...everySize, ...everyLayout, ...more];
