import type { DType } from "@saccade/core/backend";
import { type KernelCase, kernelCase, type LayoutSpec } from "./case.ts";
import { block, broadcast, rowMajor, sliced, stridedLayouts, transposed } from "./layouts.ts";
import { inputOf, integers, MANY, named, oddSizes, out, specials, u8, usual } from "./specs.ts";

type Layouts = readonly [cond?: LayoutSpec, a?: LayoutSpec, b?: LayoutSpec];

function where(
  name: string,
  dtype: DType,
  shape: readonly number[],
  [cond, a, b]: Layouts = [],
): KernelCase<"where"> {
  const inputs = [
    u8(shape, usual.u8, cond),
    inputOf[dtype](shape, usual[dtype], a),
    inputOf[dtype](shape, usual[dtype], b),
  ] as const;
  return kernelCase("where", `${dtype} ${named(shape)} ${name}`, inputs, [out(dtype, shape)], {});
}

const dtypes: readonly DType[] = ["f32", "f64", "i32", "u8"];

export const whereCases: readonly KernelCase<"where">[] = [
  ...dtypes.flatMap((dtype) => [
    ...oddSizes.map((size) => where("contiguous", dtype, [size])),
    where("large", dtype, [MANY]),
    ...stridedLayouts(3).flatMap(([name, layout]) => [
      where(`cond ${name}`, dtype, [3, 5, 4], [layout]),
      where(`a ${name}`, dtype, [3, 5, 4], [rowMajor, layout]),
      where(`b ${name}`, dtype, [3, 5, 4], [rowMajor, rowMajor, layout]),
    ]),
    where("all strided, by fours", dtype, [12, 8], [transposed(2), broadcast(2, [0]), block(2, 4)]),
    where("all strided", dtype, [13, 9], [transposed(2), sliced(2), broadcast(2, [0])]),
    where("two scalars", dtype, [13, 9], [rowMajor, broadcast(2, [0, 1]), broadcast(2, [0, 1])]),
  ]),
  where(
    "a causal mask over batches",
    "f32",
    [3, 4, 65, 65],
    [broadcast(4, [0, 1]), rowMajor, broadcast(4, [0, 1, 2, 3])],
  ),
  where("large strided", "f32", [401, 331], [rowMajor, transposed(2), sliced(2)]),
  where("scalars", "f32", []),
  where("empty", "f32", [2, 0]),
  kernelCase(
    "where",
    "what is not chosen does not matter, and any non-zero byte chooses",
    [u8([43], integers(0, 256)), inputOf.f32([43], specials), inputOf.f32([43], specials)],
    [out("f32", [43])],
    {},
  ),
];
