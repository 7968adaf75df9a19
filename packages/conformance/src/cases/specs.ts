import type { Tensor } from "@saccade/core";
import type { DType } from "@saccade/core/backend";
import type { InputSpec, LayoutSpec, OutputSpec, Values } from "./case.ts";

/** Shorthands in which the case files are written. */

export const standardNormal: Values = { kind: "normal", mean: 0, deviation: 1 };

export function normal(deviation: number, mean = 0): Values {
  return { kind: "normal", mean, deviation };
}

export function uniform(low: number, high: number): Values {
  return { kind: "uniform", low, high };
}

/** Whole numbers in `[low, high)`. */
export function integers(low: number, high: number): Values {
  return { kind: "integers", low, high };
}

export function list(...numbers: readonly number[]): Values {
  return { kind: "list", numbers };
}

export function computed(by: (inputs: readonly (Tensor | null)[]) => Tensor): Values {
  return { kind: "computed", by };
}

/** Every 32-bit integer. */
export const anyInteger: Values = integers(-(2 ** 31), 2 ** 31);

/** The numbers where implementations go wrong. */
export const specialNumbers: readonly number[] = [
  Number.NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  -1.5,
  2.5,
  -2.5,
  2,
  -2,
  3,
  1e-8,
  -1e-8,
  1e-20,
  -1e-20,
  1.1754943508222875e-38,
  -1.1754943508222875e-38,
  1e-40,
  -1e-40,
  3.4028234663852886e38,
  -3.4028234663852886e38,
  8388607.5,
  -8388607.5,
  8388609,
  16777215,
  2147483648,
  -2147483648,
  4294967296,
  1e10,
  -1e10,
  100,
  -100,
  20,
  -20,
];

export const specials: Values = list(...specialNumbers);

/** Usual values of each dtype. */
export const usual: Readonly<Record<DType, Values>> = {
  f16: standardNormal,
  f32: standardNormal,
  f64: standardNormal,
  i32: integers(-1000, 1000),
  u8: integers(0, 2),
};

function input(dtype: DType) {
  return (shape: readonly number[], values: Values = usual[dtype], layout?: LayoutSpec): InputSpec =>
    layout ? { dtype, shape, values, layout } : { dtype, shape, values };
}

export const f32 = input("f32");
export const i32 = input("i32");
export const u8 = input("u8");
export const inputOf: Readonly<Record<DType, ReturnType<typeof input>>> = {
  f16: input("f16"),
  f32,
  f64: input("f64"),
  i32,
  u8,
};

/** A fresh output. */
export function out(dtype: DType, shape: readonly number[], layout?: LayoutSpec): OutputSpec {
  return layout ? { dtype, shape, layout } : { dtype, shape };
}

/** An output that a kernel changes in place. */
export function inPlace(dtype: DType, shape: readonly number[], values: Values): OutputSpec {
  return { dtype, shape, values };
}

/** `[2,3]`, for names. */
export function named(shape: readonly number[]): string {
  return `[${shape.join(",")}]`;
}

/** Sizes around the borders of SIMD lanes and tiles, and the degenerate ones. */
export const oddSizes: readonly number[] = [
  0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 255, 256, 257, 1031,
];

/** Enough elements that every backend splits the work. */
export const MANY = 131_101;
