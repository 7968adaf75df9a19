import type { DType } from "@saccade/core/backend";
import { type KernelCase, kernelCase } from "./case.ts";
import { MANY, named, oddSizes, out } from "./specs.ts";

const values: readonly (readonly [DType, readonly number[]])[] = [
  ["f32", [0, -0, 1, 0.1, Number.NaN, -Infinity, 1e-40]],
  ["f64", [0.1, Number.NaN]],
  ["i32", [0, -1, 2147483647, -2147483648]],
  ["u8", [0, 1]],
];

const everyValue = values.flatMap(([dtype, numbers]) =>
  numbers.map((value) =>
    kernelCase("fill", `${dtype} of ${Object.is(value, -0) ? "-0" : value}`, [], [out(dtype, [3, 5])], {
      value,
    }),
  ),
);

const everySize = values.flatMap(([dtype]) =>
  [...oddSizes, MANY].map((size) =>
    kernelCase("fill", `${dtype} [${size}]`, [], [out(dtype, [size])], { value: 1 }),
  ),
);

const everyRank = [[], [1, 1], [2, 0, 3], [2, 3, 5, 7]].map((shape) =>
  kernelCase("fill", `rank ${shape.length} ${named(shape)}`, [], [out("f32", shape)], { value: 2.5 }),
);

export const fillCases: readonly KernelCase<"fill">[] = [...everyValue, ...everySize, ...everyRank];
