import { f32, list, standardNormal, uniform } from "../../cases/specs.ts";
import { type GradCase, gradCase } from "../grad-case.ts";

const axesOf: readonly (readonly number[])[] = [[], [0], [1], [0, 2], [0, 1, 2]];

const reductions = (["sum", "max", "min", "prod"] as const).flatMap((op) =>
  axesOf.map((axes) => gradCase(op, `over [${axes}]`, [f32([2, 3, 4])], { op, axes })),
);

const scans = (["cumsum", "cumprod"] as const).flatMap((name) =>
  [0, 1].flatMap((axis) =>
    [false, true]
      .map((reverse) =>
        // A product is only ever scanned forwards by its function.
        gradCase(name, `along ${axis}${reverse ? " reverse" : ""}`, [f32([3, 4])], {
          op: name === "cumsum" ? "sum" : "prod",
          axis,
          reverse: name === "cumsum" && reverse,
        }),
      )
      .slice(0, name === "cumsum" ? 2 : 1),
  ),
);

const norms = [1, 2, 3, 1.5, Infinity, -Infinity].map((p) =>
  gradCase(
    "norm",
    `p ${p}`,
    [f32([3, 4], list(0.7, -0.3, 1.2, -1.8, 2.3, -2.6, 0.15, -0.85, 3.3, -4.2, 0.55, 1.9))],
    { p, axes: [1] },
  ),
);

export const reductionGradCases: readonly GradCase[] = [
  ...reductions,
  ...scans,
  ...norms,
  // The product of the others is the gradient, also where some are zero.
  gradCase(
    "prod",
    "with a zero",
    [f32([2, 4], list(1.5, 0, 2, -0.5))],
    { op: "prod", axes: [1] },
    { wrt: [0] },
  ),
  gradCase("prod", "with two zeros", [f32([2, 4], list(0, 0, 2, -0.5))], { op: "prod", axes: [1] }),
  gradCase("cumprod", "with zeros", [f32([2, 5], list(1.5, 0, 2, -0.5, 0, 3))], {
    op: "prod",
    axis: 1,
    reverse: false,
  }),
  gradCase("norm", "over two axes", [f32([2, 3, 2])], { p: 2, axes: [0, 2] }),
  gradCase("sumSquares", "", [f32([3, 4])], { count: 1 }),
  gradCase("sumSquares", "three tensors", [f32([3, 4]), f32([2]), f32([])], { count: 3 }),
  gradCase("stdOfVariance", "", [f32([5], uniform(0.3, 2))]),
  gradCase("median", "", [f32([3, 3], standardNormal)]),
];
