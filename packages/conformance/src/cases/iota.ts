import type { DType } from "@saccade/core/backend";
import { type KernelCase, kernelCase } from "./case.ts";
import { MANY, oddSizes, out } from "./specs.ts";

const dtypes: readonly DType[] = ["f32", "f64", "i32"];

const everySize = dtypes.flatMap((dtype) =>
  [...oddSizes, MANY].map((size) =>
    kernelCase("iota", `${dtype} [${size}]`, [], [out(dtype, [size])], { start: 0, step: 1 }),
  ),
);

const everyStep: readonly (readonly [DType, number, number])[] = [
  ["i32", 5, -3],
  ["i32", -7, 0],
  ["i32", 2147483000, 1],
  ["f32", -1, 0.125],
  ["f32", 1, -0.1],
  ["f32", 0.3, 1 / 3],
  ["f32", 16777216, 1],
  ["f64", 0.3, 1 / 3],
];

export const iotaCases: readonly KernelCase<"iota">[] = [
  ...everySize,
  ...everyStep.map(([dtype, start, step]) =>
    kernelCase("iota", `${dtype} from ${start} by ${step}`, [], [out(dtype, [259])], { start, step }),
  ),
  kernelCase("iota", "u8", [], [out("u8", [200])], { start: 3, step: 1 }),
];
