import type { BinaryName, DType } from "@saccade/core/backend";
import { type KernelCase, kernelCase, type LayoutSpec, type Values } from "./case.ts";
import { broadcast, sliced, stridedLayouts, transposed } from "./layouts.ts";
import {
  anyInteger,
  inputOf,
  integers,
  list,
  MANY,
  named,
  oddSizes,
  out,
  specialNumbers,
  uniform,
  usual,
} from "./specs.ts";

interface Row {
  /** Pairs of ranges of floats; none: never called with floats. */
  readonly ranges: readonly (readonly [a: readonly [number, number], b: readonly [number, number]])[];
  /** Integer operands, by dtype; none: never called with that dtype. */
  readonly i32?: readonly (readonly [a: Values, b: Values])[];
  readonly u8?: readonly (readonly [a: Values, b: Values])[];
  readonly mask?: true;
}

const wide = [-1000, 1000] as const;
const core = [-8, 8] as const;
const few = integers(-3, 4);
const bytes = integers(0, 256);
const wraps = [[anyInteger, anyInteger]] as const;
const divides = [
  [anyInteger, integers(-7, 8)],
  [integers(-100, 100), integers(-7, 8)],
] as const;
const floats = [[wide, wide]] as const;
const arithmetic: Row = { ranges: floats, i32: wraps };
const division: Row = {
  ranges: [
    [wide, wide],
    [core, [0.5, 2]],
  ],
  i32: divides,
};
const extremum: Row = { ranges: floats, i32: wraps };
const comparison: Row = {
  ranges: [
    [
      [-2, 2],
      [-2, 2],
    ],
  ],
  i32: [
    [few, few],
    [anyInteger, anyInteger],
  ],
  u8: [[bytes, bytes]],
  mask: true,
};
const logic: Row = {
  ranges: [
    [
      [-2, 2],
      [-2, 2],
    ],
  ],
  i32: [[few, few]],
  u8: [[integers(0, 3), integers(0, 3)]],
  mask: true,
};
const bits: Row = { ranges: [], i32: wraps, u8: [[bytes, bytes]] };
const shift: Row = { ranges: [], i32: [[anyInteger, integers(0, 32)]], u8: [[bytes, integers(0, 8)]] };

const table: { readonly [N in BinaryName]: Row } = {
  add: arithmetic,
  sub: arithmetic,
  mul: arithmetic,
  div: {
    ranges: [
      [wide, wide],
      [core, [0.5, 2]],
    ],
  },
  floorDiv: division,
  truncDiv: division,
  remainder: division,
  fmod: division,
  pow: {
    ranges: [
      [
        [0, 20],
        [-3, 3],
      ],
      [
        [0.9, 1.1],
        [-80, 80],
      ],
      [[0, 1e-3], core],
    ],
    i32: [[integers(-5, 6), integers(0, 9)]],
  },
  maximum: extremum,
  minimum: extremum,
  fmax: extremum,
  fmin: extremum,
  atan2: {
    ranges: [
      [core, core],
      [[-1e-3, 1e-3], wide],
    ],
  },
  hypot: {
    ranges: [
      [core, core],
      [
        [1e19, 1e20],
        [1e19, 1e20],
      ],
      [
        [1e-25, 1e-24],
        [1e-25, 1e-24],
      ],
    ],
  },
  eq: comparison,
  ne: comparison,
  lt: comparison,
  le: comparison,
  gt: comparison,
  ge: comparison,
  logicalAnd: logic,
  logicalOr: logic,
  logicalXor: logic,
  bitAnd: bits,
  bitOr: bits,
  bitXor: bits,
  shiftLeft: shift,
  shiftRight: shift,
};

interface Call {
  readonly op: BinaryName;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly a: Values;
  readonly b: Values;
  readonly layoutA?: LayoutSpec;
  readonly layoutB?: LayoutSpec;
}

function binary(name: string, { op, dtype, shape, a, b, layoutA, layoutB }: Call): KernelCase<"binary"> {
  const to = table[op].mask ? "u8" : dtype;
  const inputs = [inputOf[dtype](shape, a, layoutA), inputOf[dtype](shape, b, layoutB)] as const;
  return kernelCase("binary", `${op} ${dtype} ${name}`, inputs, [out(to, shape)], { op });
}

/** Every special number against every other. */
const interesting = specialNumbers.filter((x) => !(Math.abs(x) > 3 && Math.abs(x) < 1e9));
const pairs = interesting.flatMap((x) => interesting.map((y) => [x, y] as const));
const firsts = list(...pairs.map(([x]) => x));
const seconds = list(...pairs.map(([, y]) => y));

function rowCases(op: BinaryName, { ranges, i32, u8 }: Row): KernelCase<"binary">[] {
  const shape = [517];
  const cases = ranges.map(([a, b]) =>
    binary(`[${a}] [${b}]`, { op, dtype: "f32", shape, a: uniform(...a), b: uniform(...b) }),
  );
  if (ranges.length > 0)
    cases.push(binary("special", { op, dtype: "f32", shape: [pairs.length], a: firsts, b: seconds }));
  for (const [i, [a, b]] of (i32 ?? []).entries())
    cases.push(binary(`values ${i}`, { op, dtype: "i32", shape, a, b }));
  for (const [i, [a, b]] of (u8 ?? []).entries())
    cases.push(binary(`values ${i}`, { op, dtype: "u8", shape, a, b }));
  const [dtype, a, b]: readonly [DType, Values, Values] =
    ranges.length > 0
      ? ["f32", uniform(...ranges[0][0]), uniform(...ranges[0][1])]
      : ["i32", anyInteger, integers(0, 32)];
  cases.push(
    binary("strided", { op, dtype, shape: [5, 7], a, b, layoutA: transposed(2), layoutB: sliced(2) }),
  );
  cases.push(binary("one broadcast", { op, dtype, shape: [5, 7], a, b, layoutB: broadcast(2, [0, 1]) }));
  return cases;
}

const everyOp = (Object.keys(table) as BinaryName[]).flatMap((op) => rowCases(op, table[op]));

// Sizes and layouts are the same loop for all of them; these stand for the rest.
const representatives: readonly (readonly [BinaryName, DType])[] = [
  ["sub", "f32"],
  ["lt", "f32"],
  ["sub", "i32"],
  ["logicalAnd", "u8"],
  ["sub", "f64"],
];

const everySize = representatives.flatMap(([op, dtype]) =>
  [...oddSizes, MANY].map((size) =>
    binary(`[${size}]`, { op, dtype, shape: [size], a: usual[dtype], b: usual[dtype] }),
  ),
);

const everyLayout = representatives.flatMap(([op, dtype]) =>
  [[19], [5, 7], [3, 4, 5], [5, 6, 8], [33, 65]].flatMap((shape) =>
    stridedLayouts(shape.length).flatMap(([name, layout]) => [
      binary(`a ${name} ${named(shape)}`, {
        op,
        dtype,
        shape,
        a: usual[dtype],
        b: usual[dtype],
        layoutA: layout,
      }),
      binary(`b ${name} ${named(shape)}`, {
        op,
        dtype,
        shape,
        a: usual[dtype],
        b: usual[dtype],
        layoutB: layout,
      }),
    ]),
  ),
);

const common = { op: "sub", dtype: "f32", a: usual.f32, b: usual.f32 } as const;
const large = [
  binary("row vector, large", { ...common, shape: [513, 257], layoutB: broadcast(2, [0]) }),
  binary("column vector, large", { ...common, shape: [513, 257], layoutA: broadcast(2, [1]) }),
  binary("outer, large", {
    ...common,
    shape: [513, 257],
    layoutA: broadcast(2, [1]),
    layoutB: broadcast(2, [0]),
  }),
  binary("transposed, large", { ...common, shape: [513, 257], layoutA: transposed(2) }),
  binary("middle broadcast", { ...common, shape: [4, 33, 3, 65], layoutB: broadcast(4, [1, 3]) }),
  binary("scalars", { ...common, shape: [] }),
  binary("empty", { ...common, shape: [0, 3] }),
];

export const binaryCases: readonly KernelCase<"binary">[] = [
  ...everyOp,
  ...everySize,
  ...everyLayout,
  ...large,
];
