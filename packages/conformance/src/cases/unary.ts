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

/** What a row of the table is tried on, beside the special numbers. */
interface Row {
  /** Ranges of floats. */
  readonly ranges: readonly (readonly [number, number])[];
  /** Parameters; default one set of zeros. */
  readonly params?: readonly (readonly [a: number, b: number])[];
  /** Integer dtypes that it is called with, and their values. */
  readonly integers?: readonly (readonly [DType, Values])[];
  /** The result is a mask. */
  readonly mask?: true;
  /** Never called with floats. */
  readonly integersOnly?: true;
}

const wide = [-1000, 1000] as const;
const unit = [-1, 1] as const;
const core = [-8, 8] as const;
const saturated = [-120, 120] as const;
const positive = [0, 100] as const;
const tiny = [-1e-5, 1e-5] as const;
const anyI32: readonly (readonly [DType, Values])[] = [["i32", anyInteger]];
const halves = list(0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997, -0.49999997, 4194304.5);

const table: { readonly [N in UnaryName]: Row } = {
  abs: { ranges: [wide], integers: anyI32 },
  acos: { ranges: [[-1.1, 1.1], [0.999, 1], [-1, -0.999], tiny] },
  affine: {
    ranges: [wide, unit],
    params: [
      [1, 0],
      [2, 0.5],
      [-1.5, 1],
      [0, 3],
      [0.1, -0.3],
      [-0, 0],
    ],
    integers: [["i32", anyInteger]],
  },
  asin: { ranges: [[-1.1, 1.1], [0.999, 1], tiny] },
  atan: { ranges: [core, wide, tiny] },
  bitNot: {
    ranges: [],
    integers: [
      ["i32", anyInteger],
      ["u8", integers(0, 256)],
    ],
    integersOnly: true,
  },
  ceil: { ranges: [wide, unit] },
  clamp: {
    ranges: [core],
    params: [
      [-1, 1],
      [0, 6],
      [-Infinity, 0],
      [2, 2],
      [0.1, Infinity],
    ],
    integers: [["i32", integers(-20, 20)]],
  },
  cos: { ranges: [core, wide, [-1e5, 1e5], tiny, [-1e12, 1e12]] },
  elu: {
    ranges: [core, saturated, tiny],
    params: [
      [1, 0],
      [0.5, 0],
    ],
  },
  erf: { ranges: [core, unit, tiny] },
  exp: { ranges: [unit, core, saturated, tiny] },
  expm1: { ranges: [unit, core, saturated, tiny] },
  floor: { ranges: [wide, unit] },
  gelu: { ranges: [core, saturated, tiny] },
  geluTanh: { ranges: [core, saturated, tiny] },
  hardsigmoid: { ranges: [core] },
  hardswish: { ranges: [core] },
  isFinite: { ranges: [core], mask: true },
  isInf: { ranges: [core], mask: true },
  isNan: { ranges: [core], mask: true },
  leakyRelu: {
    ranges: [core],
    params: [
      [0.01, 0],
      [0.25, 0],
    ],
  },
  log: { ranges: [positive, [0.9, 1.1], [0, 1e-30], [1e10, 1e38]] },
  log1p: { ranges: [unit, positive, tiny, [1e10, 1e38]] },
  log2: { ranges: [positive, [0.9, 1.1], [0, 1e-30], [1e10, 1e38]] },
  logSigmoid: { ranges: [core, saturated] },
  logicalNot: {
    ranges: [unit],
    integers: [
      ["i32", integers(-2, 3)],
      ["u8", integers(0, 3)],
    ],
    mask: true,
  },
  mish: { ranges: [core, saturated, tiny] },
  neg: { ranges: [wide], integers: anyI32 },
  powScalar: {
    ranges: [positive, [0.5, 2]],
    params: [
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 0],
      [0.5, 0],
      [-1, 0],
      [-0.5, 0],
      [2.75, 0],
    ],
  },
  quickGelu: { ranges: [core, saturated, tiny] },
  reciprocal: { ranges: [wide, unit] },
  relu: { ranges: [core], integers: anyI32 },
  round: { ranges: [wide, core] },
  rsqrt: { ranges: [positive, [0, 1e-30], [1e30, 1e38]] },
  selu: { ranges: [core, saturated, tiny] },
  sigmoid: { ranges: [core, saturated] },
  sign: { ranges: [core], integers: anyI32 },
  silu: { ranges: [core, saturated, tiny] },
  sin: { ranges: [core, wide, [-1e5, 1e5], tiny, [-1e12, 1e12]] },
  softplus: {
    ranges: [core, saturated],
    params: [
      [1, 20],
      [2, 20],
      [0.5, 3],
    ],
  },
  softsign: { ranges: [core, wide, tiny] },
  sqrt: { ranges: [positive, [0, 1e-30], [1e30, 1e38]] },
  square: { ranges: [wide, unit], integers: [["i32", integers(-40_000, 40_000)]] },
  tan: { ranges: [core, wide, tiny] },
  tanh: { ranges: [core, unit, saturated, tiny] },
  trunc: { ranges: [wide, unit] },
};

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
  const to = table[op].mask ? "u8" : dtype;
  return kernelCase(
    "unary",
    `${op} ${dtype} ${name}`,
    [inputOf[dtype](shape, values, layout)],
    [out(to, shape)],
    { op, a, b },
  );
}

function rowCases(op: UnaryName, row: Row): KernelCase<"unary">[] {
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

const everyOp = (Object.keys(table) as UnaryName[]).flatMap((op) => rowCases(op, table[op]));

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
