import { mul } from "@saccade/core";
import { f32, i32, list } from "../../cases/specs.ts";
import { type GradCase, gradCase } from "../grad-case.ts";

const index = list(2, 0, 1, 2, 2, 0);

export const indexingGradCases: readonly GradCase[] = [
  gradCase("gather", "rows", [f32([3, 2]), i32([4, 2], index)], { axis: 0 }),
  gradCase("gather", "columns", [f32([2, 3]), i32([2, 5], index)], { axis: 1 }),
  gradCase("gather", "one index per row", [f32([3, 4]), i32([5, 4], index, { steps: [1, 0] })], { axis: 0 }),
  gradCase("scatterAdd", "rows", [i32([4, 2], index), f32([4, 2])], { axis: 0, shape: [3, 2] }),
  gradCase("scatterAdd", "columns", [i32([2, 5], index), f32([2, 5])], { axis: 1, shape: [2, 3] }),
  gradCase("scatterAdd", "some dropped", [i32([4, 2], list(0, 7, -1, 2)), f32([4, 2])], {
    axis: 0,
    shape: [3, 2],
  }),
  gradCase("topK", "largest", [f32([3, 5])], { axis: 1, k: 2, largest: true }),
  gradCase("topK", "a sort", [f32([5, 2])], { axis: 0, k: 5, largest: false }),
  gradCase(
    "scaleGradient",
    "",
    [f32([2, 3]), f32([3])],
    {},
    {
      wrt: [0],
      derivativeOf: ([x, factor]) => mul(x, factor),
      firstOrderOnly: "its value is another function",
    },
  ),
  gradCase("dropout", "", [f32([4, 5])], { p: 0.4, key: [3, 4] }),
];
