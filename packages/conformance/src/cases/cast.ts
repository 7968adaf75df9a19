import type { DType } from "@saccade/core/backend";
import { isFloatDtype } from "../values/elements.ts";
import { type KernelCase, kernelCase, type LayoutSpec, type Values } from "./case.ts";
import { stridedLayouts } from "./layouts.ts";
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
} from "./specs.ts";

const dtypes: readonly DType[] = ["f16", "f32", "f64", "i32", "u8"];
const floats = list(...specialNumbers, 2147483520, 2147483647, -2147483904, 0.1, 1e300, -0.9999999, 16777217);
const values: Readonly<Record<DType, Values>> = {
  f16: floats,
  f32: floats,
  f64: floats,
  i32: anyInteger,
  u8: integers(0, 256),
};

function cast(
  name: string,
  from: DType,
  to: DType,
  shape: readonly number[],
  source = values[from],
  layout?: LayoutSpec,
): KernelCase<"cast"> {
  return kernelCase(
    "cast",
    `${from} to ${to} ${named(shape)} ${name}`,
    [inputOf[from](shape, source, layout)],
    [out(to, shape)],
    {},
  );
}

const pairs = dtypes.flatMap((from) => dtypes.filter((to) => to !== from).map((to) => [from, to] as const));

export const castCases: readonly KernelCase<"cast">[] = pairs.flatMap(([from, to]) => [
  cast("special", from, to, [97]),
  cast("rounding", from, to, [257], isFloatDtype(from) ? uniform(-300, 300) : values[from]),
  ...oddSizes.slice(0, 16).map((size) => cast("contiguous", from, to, [size])),
  ...stridedLayouts(3).map(([name, layout]) => cast(name, from, to, [3, 5, 4], values[from], layout)),
  cast("scalar", from, to, []),
  cast("large", from, to, [MANY]),
]);
