import type { DType, ScanName } from "@saccade/core/backend";
import { type KernelCase, kernelCase, type LayoutSpec, type Values } from "./case.ts";
import { stridedLayouts } from "./layouts.ts";
import {
  anyInteger,
  inputOf,
  integers,
  list,
  named,
  oddSizes,
  out,
  standardNormal,
  uniform,
} from "./specs.ts";

const table: { readonly [N in ScanName]: { readonly [D in "f32" | "f64" | "i32"]: Values } } = {
  sum: { f32: standardNormal, f64: standardNormal, i32: anyInteger },
  prod: { f32: uniform(0.8, 1.25), f64: uniform(0.8, 1.25), i32: integers(-9, 10) },
  max: { f32: standardNormal, f64: standardNormal, i32: anyInteger },
  min: { f32: standardNormal, f64: standardNormal, i32: anyInteger },
};

interface Call {
  readonly op: ScanName;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly axis: number;
  readonly values: Values;
  readonly layout?: LayoutSpec;
}

/** Both directions. */
function scan(name: string, { op, dtype, shape, axis, values, layout }: Call): KernelCase<"scan">[] {
  return [false, true].map((reverse) => {
    const title = `${op} ${dtype} ${named(shape)} along ${axis}${reverse ? " reverse" : ""} ${name}`;
    return kernelCase("scan", title, [inputOf[dtype](shape, values, layout)], [out(dtype, shape)], {
      op,
      axis,
      reverse,
    });
  });
}

const { NaN: nan } = Number;
const ops = Object.keys(table) as ScanName[];

export const scanCases: readonly KernelCase<"scan">[] = ops.flatMap((op) => [
  ...(["f32", "f64", "i32"] as const).flatMap((dtype) =>
    [0, 1, 2].flatMap((axis) => scan("", { op, dtype, shape: [5, 7, 9], axis, values: table[op][dtype] })),
  ),
  ...oddSizes
    .slice(0, -1)
    .flatMap((size) => scan("", { op, dtype: "f32", shape: [2, size], axis: 1, values: table[op].f32 })),
  ...stridedLayouts(2).flatMap(([name, layout]) =>
    [0, 1].flatMap((axis) =>
      scan(name, { op, dtype: "f32", shape: [9, 13], axis, values: table[op].f32, layout }),
    ),
  ),
  ...scan("NaN sticks", { op, dtype: "f32", shape: [5, 9], axis: 1, values: list(1, 2, 3, 4, nan, 5, 6, 7) }),
  ...scan("NaN sticks", {
    op,
    dtype: "f32",
    shape: [9, 5],
    axis: 0,
    values: list(1, 2, 3, 4, 0.5, nan, 5, 6),
  }),
  ...scan("infinities", {
    op,
    dtype: "f32",
    shape: [3, 8],
    axis: 1,
    values: list(1, Infinity, 2, -Infinity, 3),
  }),
  ...scan("large", {
    op,
    dtype: "f32",
    shape: [257, 513],
    axis: 0,
    values: op === "prod" ? uniform(0.99, 1.01) : standardNormal,
  }),
  ...scan("large", {
    op,
    dtype: "f32",
    shape: [513, 257],
    axis: 1,
    values: op === "prod" ? uniform(0.99, 1.01) : uniform(0, 1),
  }),
  ...scan("no rows", { op, dtype: "f32", shape: [0, 3], axis: 1, values: list(1) }),
]);
