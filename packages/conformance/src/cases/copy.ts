import type { DType } from "@saccade/core/backend";
import { type KernelCase, kernelCase, type LayoutSpec } from "./case.ts";
import { block, broadcast, flipped, sliced, stridedLayouts, transposed } from "./layouts.ts";
import { anyInteger, inputOf, integers, MANY, named, oddSizes, out, specials, usual } from "./specs.ts";

const dtypes: readonly DType[] = ["f32", "f64", "i32", "u8"];
const values = { ...usual, i32: anyInteger, u8: integers(0, 256) };

function copy(
  name: string,
  dtype: DType,
  shape: readonly number[],
  from?: LayoutSpec,
  to?: LayoutSpec,
): KernelCase<"copy"> {
  return kernelCase(
    "copy",
    `${dtype} ${named(shape)} ${name}`,
    [inputOf[dtype](shape, values[dtype], from)],
    [out(dtype, shape, to)],
    {},
  );
}

const sizes = dtypes.flatMap((dtype) => [...oddSizes, MANY].map((size) => copy("contiguous", dtype, [size])));

const fromStrided = dtypes.flatMap((dtype) =>
  [[17], [5, 7], [3, 4, 5], [2, 3, 4, 5]].flatMap((shape) =>
    stridedLayouts(shape.length).map(([name, layout]) => copy(`from ${name}`, dtype, shape, layout)),
  ),
);

// What concat, slice assignment and caches do: the gaps of the output stay as they are.
const toStrided = dtypes.flatMap((dtype) =>
  [
    [5, 7],
    [3, 4, 5],
  ].flatMap((shape) => [
    copy("to offset", dtype, shape, undefined, { offset: 7 }),
    copy("to block", dtype, shape, undefined, block(shape.length, 3)),
    copy("to sliced", dtype, shape, undefined, sliced(shape.length)),
    copy("to transposed", dtype, shape, undefined, transposed(shape.length)),
    copy("transposed to sliced", dtype, shape, transposed(shape.length), sliced(shape.length)),
    copy("broadcast to block", dtype, shape, broadcast(shape.length, [0]), block(shape.length)),
  ]),
);

const large = [
  copy("transposed", "f32", [257, 521], transposed(2)),
  copy("from block to block", "f32", [300, 440], block(2, 5), block(2)),
  copy("heads exchanged", "f32", [4, 64, 8, 65], { order: [0, 2, 1, 3] }),
  copy("flipped", "f32", [401, 331], flipped(2, [0])),
  copy("transposed", "u8", [363, 365], transposed(2)),
];

/** Blocks of four times four, with tiles that are not full. */
const turned = (["f32", "i32"] as const).flatMap((dtype) => [
  copy("transposed", dtype, [68, 100], transposed(2)),
  copy("transposed, batches", dtype, [3, 20, 36], { order: [0, 2, 1] }),
  copy("transposed heads", dtype, [2, 16, 3, 20], { order: [0, 2, 3, 1] }),
  copy("transposed to block", dtype, [40, 24], transposed(2), block(2, 4)),
  copy("transposed from offset", dtype, [40, 24], { ...transposed(2), offset: 8 }, { offset: 3 }),
  copy("to transposed", dtype, [40, 24], undefined, transposed(2)),
  copy("block to block, by fours", dtype, [9, 12], block(2, 4), block(2, 8)),
]);

const edges = [
  copy("scalar", "f32", []),
  copy("empty", "f32", [3, 0, 2], transposed(3)),
  copy("ones", "i32", [1, 1, 1, 1, 1, 1]),
  copy("many dimensions", "f32", [2, 1, 3, 2, 1, 2, 3, 2], transposed(8)),
  kernelCase("copy", "f32 special numbers", [inputOf.f32([43], specials)], [out("f32", [43])], {}),
];

export const copyCases: readonly KernelCase<"copy">[] = [
  ...sizes,
  ...fromStrided,
  ...toStrided,
  ...large,
  ...turned,
  ...edges,
];
