import type { DType, ReduceName } from "@saccade/core/backend";
import { type KernelCase, kernelCase, type LayoutSpec, type Values } from "./case.ts";
import { block, stridedLayouts, transposed } from "./layouts.ts";
import {
  anyInteger,
  inputOf,
  integers,
  list,
  MANY,
  named,
  oddSizes,
  out,
  standardNormal,
  uniform,
} from "./specs.ts";

/** What each reduction is called with, by dtype. Masks are summed as i32: core casts them. */
const table: { readonly [N in ReduceName]: { readonly [D in DType]?: Values } } = {
  sum: { f32: standardNormal, f64: standardNormal, i32: anyInteger },
  prod: { f32: uniform(0.8, 1.25), f64: uniform(0.8, 1.25), i32: integers(-9, 10) },
  max: { f32: standardNormal, f64: standardNormal, i32: anyInteger, u8: integers(0, 256) },
  min: { f32: standardNormal, f64: standardNormal, i32: anyInteger, u8: integers(0, 256) },
  any: {
    f32: list(0, 0, -0, 0, 0, 0, 0, Number.NaN, 0, 0, 0, 0, 0, 1e-40, 0),
    i32: list(0, 0, 0, 0, 0, 0, -1),
    u8: list(0, 0, 0, 0, 0, 2, 0),
  },
  all: {
    f32: list(1, 2, -1, Number.NaN, 3, 0.5, 1, 4, -0, 1),
    i32: list(1, 1, -5, 1, 1, 1, 1, 1, 0),
    u8: list(1, 1, 3, 1, 1, 1, 1, 1, 0),
  },
};

const ops = Object.keys(table) as ReduceName[];

function reduced(shape: readonly number[], axes: readonly number[]): number[] {
  return shape.map((size, d) => (axes.includes(d) ? 1 : size));
}

interface Call {
  readonly op: ReduceName;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly axes: readonly number[];
  readonly values: Values;
  readonly layout?: LayoutSpec;
}

function reduce(name: string, { op, dtype, shape, axes, values, layout }: Call): KernelCase<"reduce"> {
  const to = op === "any" || op === "all" ? "u8" : dtype;
  const title = `${op} ${dtype} ${named(shape)} over ${named(axes)} ${name}`;
  return kernelCase(
    "reduce",
    title,
    [inputOf[dtype](shape, values, layout)],
    [out(to, reduced(shape, axes))],
    { op, axes },
  );
}

const rows = ops.flatMap((op) =>
  (Object.entries(table[op]) as [DType, Values][]).map(([dtype, values]) => ({ op, dtype, values })),
);

const everyAxis = rows.flatMap((row) =>
  [[], [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]].map((axes) =>
    reduce("", { ...row, shape: [5, 7, 9], axes }),
  ),
);

const everySize = rows
  .filter(({ dtype }) => dtype !== "f64")
  .flatMap((row) => [
    ...oddSizes
      .filter((size) => size > 0)
      .map((size) => reduce("last", { ...row, shape: [3, size], axes: [1] })),
    ...[4, 16, 65, 257].map((size) => reduce("first", { ...row, shape: [size, 5], axes: [0] })),
  ]);

const everyLayout = (["sum", "max", "any"] as const).flatMap((op) =>
  stridedLayouts(3).flatMap(([name, layout]) =>
    [[0], [2], [0, 2], [0, 1, 2]].map((axes) =>
      reduce(name, {
        op,
        dtype: "f32",
        values: table[op].f32 ?? standardNormal,
        shape: [4, 7, 6],
        axes,
        layout,
      }),
    ),
  ),
);

/** Four at a time, along lines and across columns; cut into segments, too. */
const byFours = rows
  .filter(({ dtype }) => dtype !== "f64")
  .flatMap((row) => [
    ...[[0], [1], [2], [0, 2], [0, 1]].map((axes) => reduce("", { ...row, shape: [9, 6, 8], axes })),
    ...[[0], [1]].map((axes) =>
      reduce("block", { ...row, shape: [40, 12], axes, layout: { ...block(2), offset: 4 } }),
    ),
  ]);
const long = (["sum", "max"] as const).flatMap((op) => [
  reduce("long lines", { op, dtype: "f32", values: standardNormal, shape: [3, 9001], axes: [1] }),
  reduce("many rows", { op, dtype: "f32", values: standardNormal, shape: [5000, 12], axes: [0] }),
  reduce("many rows", { op, dtype: "f32", values: standardNormal, shape: [2300, 7], axes: [0] }),
]);

const identities = ops.flatMap((op) => {
  const empty = { op, dtype: "f32", values: list(1) } as const;
  return [
    reduce("nothing", { ...empty, shape: [0], axes: [0] }),
    reduce("no rows", { ...empty, shape: [0, 3], axes: [0] }),
    reduce("no columns", { ...empty, shape: [3, 0, 2], axes: [1] }),
    reduce("no results", { ...empty, shape: [0, 3], axes: [1] }),
    reduce("scalar", { ...empty, shape: [], axes: [] }),
  ];
});

const { NaN: nan } = Number;
const nanWins = (["max", "min"] as const).flatMap((op) => [
  reduce("NaN wins", { op, dtype: "f32", values: list(1, 2, nan, 3, 4, 5, -1), shape: [6, 33], axes: [1] }),
  reduce("NaN wins", {
    op,
    dtype: "f32",
    values: list(1, 2, nan, 3, 4, 5, -1, 7),
    shape: [33, 8],
    axes: [0],
  }),
  reduce("NaN first or last", {
    op,
    dtype: "f32",
    values: list(nan, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, nan),
    shape: [2, 9],
    axes: [1],
  }),
  reduce("infinities", {
    op,
    dtype: "f32",
    values: list(Infinity, 1, -Infinity, 2),
    shape: [3, 20],
    axes: [1],
  }),
  reduce("only infinities", { op, dtype: "f32", values: list(-Infinity), shape: [3, 20], axes: [1] }),
]);

const large = [
  reduce("all, large", { op: "sum", dtype: "f32", values: uniform(0, 1), shape: [MANY], axes: [0] }),
  reduce("all, large, random sign", {
    op: "sum",
    dtype: "f32",
    values: standardNormal,
    shape: [MANY],
    axes: [0],
  }),
  reduce("rows, large", { op: "sum", dtype: "f32", values: uniform(0, 1), shape: [130, 1031], axes: [1] }),
  reduce("columns, large", { op: "sum", dtype: "f32", values: uniform(0, 1), shape: [1031, 130], axes: [0] }),
  reduce("middle, large", {
    op: "sum",
    dtype: "f32",
    values: standardNormal,
    shape: [16, 130, 65],
    axes: [1],
  }),
  reduce("outer and inner, large", {
    op: "sum",
    dtype: "f32",
    values: standardNormal,
    shape: [33, 64, 65],
    axes: [0, 2],
  }),
  reduce("transposed, large", {
    op: "sum",
    dtype: "f32",
    values: standardNormal,
    shape: [401, 331],
    axes: [1],
    layout: transposed(2),
  }),
  reduce("large", { op: "max", dtype: "f32", values: standardNormal, shape: [MANY], axes: [0] }),
  reduce("rows, large", { op: "max", dtype: "f32", values: standardNormal, shape: [513, 257], axes: [1] }),
  reduce("columns, large", { op: "min", dtype: "i32", values: anyInteger, shape: [513, 257], axes: [0] }),
  reduce("wraps, large", { op: "sum", dtype: "i32", values: anyInteger, shape: [MANY], axes: [0] }),
];

const edges = [
  reduce("infinities of both signs are NaN", {
    op: "sum",
    dtype: "f32",
    values: list(Infinity, 1, -Infinity, 2),
    shape: [4],
    axes: [0],
  }),
  reduce("infinity", { op: "sum", dtype: "f32", values: list(1, Infinity, 2), shape: [2, 33], axes: [1] }),
  reduce("a large term among small ones", {
    op: "sum",
    dtype: "f32",
    values: list(1e8, 1, 1, 1, 1, 1, 1, -1e8),
    shape: [3, 64],
    axes: [1],
  }),
];

export const reduceCases: readonly KernelCase<"reduce">[] = [
  ...everyAxis,
  ...everySize,
  ...everyLayout,
  ...byFours,
  ...long,
  ...identities,
  ...nanWins,
  ...large,
  ...edges,
];
