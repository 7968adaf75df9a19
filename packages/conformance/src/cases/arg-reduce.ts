import type { DType } from "@saccade/core/backend";
import { type KernelCase, kernelCase, type LayoutSpec, type Values } from "./case.ts";
import { stridedLayouts } from "./layouts.ts";
import { anyInteger, inputOf, integers, list, named, oddSizes, out, standardNormal } from "./specs.ts";

function argReduce(
  name: string,
  op: "max" | "min",
  dtype: DType,
  shape: readonly number[],
  axis: number,
  values: Values,
  layout?: LayoutSpec,
): KernelCase<"argReduce"> {
  const to = shape.map((size, d) => (d === axis ? 1 : size));
  const title = `${op} ${dtype} ${named(shape)} along ${axis} ${name}`;
  return kernelCase("argReduce", title, [inputOf[dtype](shape, values, layout)], [out("i32", to)], {
    op,
    axis,
  });
}

const { NaN: nan } = Number;
const values = { f32: standardNormal, f64: standardNormal, i32: anyInteger, u8: integers(0, 256) };

export const argReduceCases: readonly KernelCase<"argReduce">[] = (["max", "min"] as const).flatMap((op) => [
  ...(["f32", "f64", "i32", "u8"] as const).flatMap((dtype) => [
    argReduce("", op, dtype, [5, 7, 9], 0, values[dtype]),
    argReduce("", op, dtype, [5, 7, 9], 1, values[dtype]),
    argReduce("", op, dtype, [5, 7, 9], 2, values[dtype]),
    argReduce("first of equals", op, dtype, [11, 67], 1, integers(0, 3)),
    argReduce("first of equals", op, dtype, [67, 11], 0, integers(0, 3)),
    argReduce("all equal", op, dtype, [3, 40], 1, list(1)),
  ]),
  ...oddSizes
    .filter((size) => size > 0)
    .map((size) => argReduce("", op, "f32", [3, size], 1, standardNormal)),
  ...stridedLayouts(2).flatMap(([name, layout]) =>
    [0, 1].map((axis) => argReduce(name, op, "f32", [9, 13], axis, standardNormal, layout)),
  ),
  argReduce("NaN counts as the extremum", op, "f32", [7, 19], 1, list(1, 2, nan, 3, nan, 5, -1, 8)),
  argReduce("NaN counts as the extremum", op, "f32", [19, 7], 0, list(1, 2, nan, 3, nan, 5, -1, 8)),
  argReduce("infinities", op, "f32", [2, 21], 1, list(0, Infinity, -Infinity, 1, Infinity, -Infinity)),
  argReduce("zeros of both signs are equal", op, "f32", [2, 21], 1, list(-0, 0, 0, -0)),
  argReduce("large rows", op, "f32", [130, 1031], 1, standardNormal),
  argReduce("a vocabulary", op, "f32", [2, 5003], 1, integers(-99, 99)),
  argReduce("large columns", op, "f32", [1031, 130], 0, integers(-9, 9)),
  argReduce("one long row", op, "f32", [131_101], 0, integers(-9, 9)),
  argReduce("no results", op, "f32", [0, 3], 1, list(1)),
]);
