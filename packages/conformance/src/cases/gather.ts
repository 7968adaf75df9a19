import type { DType } from "@saccade/core/backend";
import { type KernelCase, kernelCase, type LayoutSpec, type Values } from "./case.ts";
import { stridedLayouts, transposed } from "./layouts.ts";
import { anyInteger, i32, inputOf, integers, list, named, out, specials, usual } from "./specs.ts";

interface Call {
  readonly x: readonly number[];
  /** The shape of the index and of the result. */
  readonly shape: readonly number[];
  readonly axis: number;
  readonly dtype?: DType;
  readonly values?: Values;
  readonly index?: Values;
  readonly layoutX?: LayoutSpec;
  readonly layoutIndex?: LayoutSpec;
}

const valuesOf = { ...usual, i32: anyInteger, u8: integers(0, 256) };

function gather(
  name: string,
  {
    x,
    shape,
    axis,
    dtype = "f32",
    values = valuesOf[dtype],
    index = integers(0, x[axis]),
    layoutX,
    layoutIndex,
  }: Call,
): KernelCase<"gather"> {
  const title = `${dtype} ${named(x)} at ${named(shape)} along ${axis} ${name}`;
  return kernelCase(
    "gather",
    title,
    [inputOf[dtype](x, values, layoutX), i32(shape, index, layoutIndex)],
    [out(dtype, shape)],
    { axis },
  );
}

/** An index per row, the same in every column: how an embedding is read. */
const byRow: LayoutSpec = { steps: [1, 0] };
const byColumn: LayoutSpec = { steps: [0, 1] };
const outside = list(0, -1, 4, 5, 2, -2147483648, 2147483647, 1, 3, -5, 6);
const dtypes: readonly DType[] = ["f32", "f64", "i32", "u8"];

const everyDtype = dtypes.flatMap((dtype) => [
  gather("", { x: [5, 7], shape: [9, 7], axis: 0, dtype }),
  gather("", { x: [5, 7], shape: [5, 11], axis: 1, dtype }),
  gather("smaller beside the axis", { x: [5, 7], shape: [9, 3], axis: 0, dtype }),
  gather("", { x: [5, 7, 3], shape: [5, 4, 3], axis: 1, dtype }),
  gather("out of range", { x: [5, 7], shape: [11, 7], axis: 0, dtype, index: outside }),
  gather("out of range, by row", {
    x: [5, 7],
    shape: [11, 7],
    axis: 0,
    dtype,
    index: outside,
    layoutIndex: byRow,
  }),
  gather("out of range, along the last", { x: [7, 5], shape: [7, 11], axis: 1, dtype, index: outside }),
  gather("out of range, by column", {
    x: [7, 5],
    shape: [7, 11],
    axis: 1,
    dtype,
    index: outside,
    layoutIndex: byColumn,
  }),
  gather("out of range, rows by fours", {
    x: [6, 8],
    shape: [11, 8],
    axis: 0,
    dtype,
    index: outside,
    layoutIndex: byRow,
  }),
  gather("rows of an embedding", { x: [31, 12], shape: [17, 12], axis: 0, dtype, layoutIndex: byRow }),
]);

const everyLayout = stridedLayouts(2).flatMap(([name, layout]) => [
  gather(`x ${name}`, { x: [6, 9], shape: [5, 9], axis: 0, layoutX: layout }),
  gather(`x ${name}, by row`, { x: [6, 9], shape: [5, 9], axis: 0, layoutX: layout, layoutIndex: byRow }),
  gather(`index ${name}`, { x: [6, 9], shape: [6, 5], axis: 1, layoutIndex: layout }),
  gather(`index ${name}`, { x: [6, 9], shape: [11, 9], axis: 0, layoutIndex: layout }),
]);

export const gatherCases: readonly KernelCase<"gather">[] = [
  ...everyDtype,
  ...everyLayout,
  gather("one dimension", { x: [13], shape: [29], axis: 0 }),
  gather("one index", { x: [13], shape: [1], axis: 0 }),
  gather("targets of a loss", { x: [33, 65], shape: [33, 1], axis: 1 }),
  gather("wide rows", { x: [17, 1031], shape: [130, 1031], axis: 0, layoutIndex: byRow }),
  gather("columns", { x: [65, 300], shape: [65, 17], axis: 1, layoutIndex: byColumn }),
  gather("columns of a transposed matrix", {
    x: [300, 65],
    shape: [300, 17],
    axis: 1,
    layoutX: transposed(2),
    layoutIndex: byColumn,
  }),
  gather("large", { x: [257, 513], shape: [300, 513], axis: 0 }),
  gather("middle of four", { x: [2, 9, 3, 4], shape: [2, 5, 3, 4], axis: 1 }),
  gather("special numbers pass", {
    x: [43],
    shape: [43],
    axis: 0,
    values: specials,
    index: list(...Array.from({ length: 43 }, (_, i) => i)),
  }),
  gather("no index", { x: [5, 7], shape: [0, 7], axis: 0 }),
  gather("nothing to read", { x: [0, 3], shape: [4, 3], axis: 0, index: list(0, 1) }),
  gather("no columns", { x: [5, 0], shape: [4, 0], axis: 0 }),
];
