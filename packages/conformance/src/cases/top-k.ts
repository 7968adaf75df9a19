import type { DType } from "@saccade/core/backend";
import { type KernelCase, kernelCase, type LayoutSpec, type Values } from "./case.ts";
import { stridedLayouts } from "./layouts.ts";
import { anyInteger, inputOf, integers, list, named, out, usual } from "./specs.ts";

interface Call {
  readonly shape: readonly number[];
  readonly axis: number;
  readonly k: number;
  readonly dtype?: DType;
  readonly values?: Values;
  readonly layout?: LayoutSpec;
}

const valuesOf = { ...usual, i32: anyInteger, u8: integers(0, 256) };

/** Both directions. */
function topK(
  name: string,
  { shape, axis, k, dtype = "f32", values = valuesOf[dtype], layout }: Call,
): KernelCase<"topK">[] {
  const to = shape.map((size, d) => (d === axis ? k : size));
  return [true, false].map((largest) => {
    const title = `${largest ? "largest" : "smallest"} ${k} of ${dtype} ${named(shape)} along ${axis} ${name}`;
    return kernelCase(
      "topK",
      title,
      [inputOf[dtype](shape, values, layout)],
      [out(dtype, to), out("i32", to)],
      { axis, k, largest },
    );
  });
}

const { NaN: nan } = Number;
const dtypes: readonly DType[] = ["f32", "f64", "i32", "u8"];

export const topKCases: readonly KernelCase<"topK">[] = [
  ...dtypes.flatMap((dtype) => [
    ...[0, 1, 2].flatMap((axis) => topK("", { shape: [5, 7, 9], axis, k: 3, dtype })),
    ...topK("ties are stable", { shape: [4, 67], axis: 1, k: 20, dtype, values: integers(0, 3) }),
    ...topK("a stable sort", { shape: [4, 67], axis: 1, k: 67, dtype, values: integers(0, 9) }),
  ]),
  ...[0, 1, 2, 8, 16, 17, 31].flatMap((k) => topK("", { shape: [3, 31], axis: 1, k })),
  ...[1, 2, 3, 64, 65, 256, 257].flatMap((size) => topK("a sort", { shape: [2, size], axis: 1, k: size })),
  ...stridedLayouts(2).flatMap(([name, layout]) =>
    [0, 1].flatMap((axis) => topK(name, { shape: [9, 13], axis, k: 4, layout })),
  ),
  ...topK("NaN is largest", {
    shape: [3, 20],
    axis: 1,
    k: 6,
    values: list(1, 2, nan, 3, Infinity, -Infinity, 5),
  }),
  ...topK("NaN is largest, a sort", {
    shape: [2, 20],
    axis: 1,
    k: 20,
    values: list(1, 2, nan, 3, Infinity, nan, -Infinity, 5),
  }),
  ...topK("zeros of both signs are equal", { shape: [2, 9], axis: 1, k: 9, values: list(0, -0, 1, -0, 0) }),
  ...topK("all -infinity", { shape: [2, 9], axis: 1, k: 4, values: list(-Infinity) }),
  ...topK("sampling from a vocabulary", { shape: [2, 5003], axis: 1, k: 40 }),
  ...topK("large", { shape: [130, 1031], axis: 1, k: 5 }),
  ...topK("a long sort", { shape: [4099], axis: 0, k: 4099 }),
  ...topK("no rows", { shape: [0, 3], axis: 1, k: 2 }),
  ...topK("nothing of nothing", { shape: [3, 0], axis: 1, k: 0 }),
];
