import { mul } from "@saccade/core";
import { f32 } from "../../cases/specs.ts";
import { type GradCase, gradCase } from "../grad-case.ts";

const x = f32([3, 4]);
const sliceAttrs = { starts: [1, 0], steps: [1, 2], sizes: [2, 2] };

/** Ops that move elements, or only look at them in another way. */
export const viewGradCases: readonly GradCase[] = [
  gradCase("copy", "", [x]),
  gradCase(
    "cast",
    "to f32",
    [x],
    { dtype: "f32" },
    { firstOrderOnly: "rounding hides differences", derivativeOf: ([x]) => mul(x, 1) },
  ),
  gradCase("expand", "", [f32([3, 1])], { shape: [2, 3, 4] }),
  gradCase("reshape", "", [x], { shape: [2, 6] }, { rowMajorOnly: true }),
  gradCase("reshape", "of ones", [x], { shape: [1, 3, 1, 4] }),
  gradCase("permute", "", [f32([2, 3, 4])], { axes: [2, 0, 1] }),
  gradCase("flip", "", [x], { axes: [0, 1] }),
  gradCase("slice", "", [x], sliceAttrs),
  gradCase("unslice", "", [f32([2, 2])], { ...sliceAttrs, shape: [3, 4] }),
  gradCase("concat", "along the first", [f32([2, 3]), f32([1, 3]), f32([0, 3])], { axis: 0 }),
  gradCase("concat", "along the last", [f32([2, 3]), f32([2, 1])], { axis: 1 }),
  gradCase("pad", "", [f32([2, 3])], { before: [1, 0], after: [0, 2], value: 0.5 }),
  gradCase("unfold", "overlapping", [f32([2, 7])], { axis: 1, size: 3, step: 2, dilation: 1 }),
  gradCase("unfold", "dilated", [f32([7, 2])], { axis: 0, size: 2, step: 1, dilation: 3 }),
  gradCase("diagonal", "", [f32([3, 4])], { offset: 1, axis0: 0, axis1: 1 }),
  gradCase("diagonal", "below, of matrices", [f32([2, 4, 3])], { offset: -1, axis0: 1, axis1: 2 }),
  gradCase("undiagonal", "", [f32([3])], { offset: 1, axis0: 0, axis1: 1, shape: [3, 4] }),
];
