import type { DType } from "@saccade/core/backend";
import { type KernelCase, kernelCase, type LayoutSpec, type Values } from "./case.ts";
import { broadcast, stridedLayouts } from "./layouts.ts";
import { anyInteger, i32, inPlace, inputOf, integers, list, named, usual } from "./specs.ts";

interface Call {
  /** The shape of what is added to. */
  readonly to: readonly number[];
  /** The shape of index and source. */
  readonly shape: readonly number[];
  readonly axis: number;
  readonly dtype?: DType;
  readonly values?: Values;
  readonly index?: Values;
  readonly layoutIndex?: LayoutSpec;
  readonly layoutSrc?: LayoutSpec;
}

const valuesOf = { ...usual, i32: anyInteger, u8: integers(0, 256) };

function scatterAdd(name: string, call: Call): KernelCase<"scatterAdd"> {
  const {
    to,
    shape,
    axis,
    dtype = "f32",
    values = valuesOf[dtype],
    index = integers(0, to[axis]),
    layoutIndex,
    layoutSrc,
  } = call;
  const title = `${dtype} ${named(shape)} to ${named(to)} along ${axis} ${name}`;
  const inputs = [i32(shape, index, layoutIndex), inputOf[dtype](shape, values, layoutSrc)] as const;
  return kernelCase("scatterAdd", title, inputs, [inPlace(dtype, to, valuesOf[dtype])], { axis });
}

/** An index per row, the same in every column: the gradient of an embedding. */
const byRow: LayoutSpec = { steps: [1, 0] };
const outside = list(0, -1, 4, 5, 2, -2147483648, 2147483647, 1, 3, -5, 6);
const dtypes: readonly DType[] = ["f32", "f64", "i32", "u8"];

const everyDtype = dtypes.flatMap((dtype) => [
  scatterAdd("", { to: [5, 7], shape: [9, 7], axis: 0, dtype }),
  scatterAdd("", { to: [5, 7], shape: [5, 11], axis: 1, dtype }),
  scatterAdd("smaller beside the axis", { to: [5, 7], shape: [9, 3], axis: 0, dtype }),
  scatterAdd("", { to: [5, 7, 3], shape: [5, 4, 3], axis: 1, dtype }),
  scatterAdd("out of range is dropped", { to: [5, 7], shape: [11, 7], axis: 0, dtype, index: outside }),
  scatterAdd("out of range is dropped, by row", {
    to: [5, 7],
    shape: [11, 7],
    axis: 0,
    dtype,
    index: outside,
    layoutIndex: byRow,
  }),
  scatterAdd("out of range along the last", { to: [7, 5], shape: [7, 11], axis: 1, dtype, index: outside }),
  scatterAdd("all to one", { to: [3, 4], shape: [33, 4], axis: 0, dtype, index: list(1) }),
  scatterAdd("rows of an embedding", { to: [31, 12], shape: [67, 12], axis: 0, dtype, layoutIndex: byRow }),
]);

const everyLayout = stridedLayouts(2).flatMap(([name, layout]) => [
  scatterAdd(`source ${name}`, { to: [6, 9], shape: [15, 9], axis: 0, layoutSrc: layout }),
  scatterAdd(`source ${name}, by row`, {
    to: [6, 9],
    shape: [15, 9],
    axis: 0,
    layoutSrc: layout,
    layoutIndex: byRow,
  }),
  scatterAdd(`index ${name}`, { to: [6, 9], shape: [6, 15], axis: 1, layoutIndex: layout }),
]);

export const scatterAddCases: readonly KernelCase<"scatterAdd">[] = [
  ...everyDtype,
  ...everyLayout,
  // Large terms cancel exactly only if they are added in the order of their index.
  scatterAdd("in ascending order", {
    to: [2],
    shape: [6],
    axis: 0,
    values: list(1e8, 3, -1e8, 1, 1e8, -1e8),
    index: list(0, 0, 0, 1, 1, 1),
  }),
  scatterAdd("one dimension", { to: [13], shape: [129], axis: 0 }),
  scatterAdd("one-hot", { to: [33, 65], shape: [33, 1], axis: 1, layoutSrc: broadcast(2, [0, 1]) }),
  scatterAdd("wide rows", { to: [17, 1031], shape: [130, 1031], axis: 0, layoutIndex: byRow }),
  scatterAdd("many rows", { to: [65, 64], shape: [2051, 64], axis: 0, layoutIndex: byRow }),
  scatterAdd("an index per batch, the same in every column", {
    to: [3, 40, 8],
    shape: [3, 1300, 8],
    axis: 1,
    layoutIndex: { steps: [1, 1, 0] },
  }),
  scatterAdd("large", { to: [257, 257], shape: [300, 257], axis: 0 }),
  scatterAdd("one long dimension", { to: [1000], shape: [33_001], axis: 0 }),
  scatterAdd("middle of four", { to: [2, 9, 3, 4], shape: [2, 5, 3, 4], axis: 1 }),
  scatterAdd("nothing", { to: [5, 7], shape: [0, 7], axis: 0 }),
  scatterAdd("into nothing", { to: [0, 3], shape: [4, 3], axis: 0, index: list(0, 1) }),
  scatterAdd("no columns", { to: [5, 0], shape: [4, 0], axis: 0 }),
];
