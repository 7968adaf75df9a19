import type { DType, UnaryName } from "@saccade/core/backend";
import type { Values } from "./case.ts";
import { anyInteger, integers } from "./specs.ts";

/** What a row of the table is tried on, beside the special numbers. */
export interface UnaryRow {
  /** Ranges of floats. */
  readonly ranges: readonly (readonly [number, number])[];
  /** Parameters; default one set of zeros. */
  readonly params?: readonly (readonly [a: number, b: number])[];
  /** Integer dtypes that it is called with, and their values. */
  readonly integers?: readonly (readonly [DType, Values])[];
  /** The result is a mask. */
  readonly mask?: true;
  /** Never called with floats. */
  readonly integersOnly?: true;
}

const wide = [-1000, 1000] as const;
const unit = [-1, 1] as const;
const core = [-8, 8] as const;
const saturated = [-120, 120] as const;
const positive = [0, 100] as const;
const tiny = [-1e-5, 1e-5] as const;
const anyI32: readonly (readonly [DType, Values])[] = [["i32", anyInteger]];

/** Every row of the scalar table. */
export const unaryTable: { readonly [N in UnaryName]: UnaryRow } = {
  abs: { ranges: [wide], integers: anyI32 },
  acos: { ranges: [[-1.1, 1.1], [0.999, 1], [-1, -0.999], tiny] },
  affine: {
    ranges: [wide, unit],
    params: [
      [1, 0],
      [2, 0.5],
      [-1.5, 1],
      [0, 3],
      [0.1, -0.3],
      [-0, 0],
    ],
    integers: [["i32", anyInteger]],
  },
  asin: { ranges: [[-1.1, 1.1], [0.999, 1], tiny] },
  atan: { ranges: [core, wide, tiny] },
  bitNot: {
    ranges: [],
    integers: [
      ["i32", anyInteger],
      ["u8", integers(0, 256)],
    ],
    integersOnly: true,
  },
  ceil: { ranges: [wide, unit] },
  clamp: {
    ranges: [core],
    params: [
      [-1, 1],
      [0, 6],
      [-Infinity, 0],
      [2, 2],
      [0.1, Infinity],
    ],
    integers: [["i32", integers(-20, 20)]],
  },
  cos: { ranges: [core, wide, [-1e5, 1e5], tiny, [-1e12, 1e12]] },
  elu: {
    ranges: [core, saturated, tiny],
    params: [
      [1, 0],
      [0.5, 0],
    ],
  },
  erf: { ranges: [core, unit, tiny] },
  exp: { ranges: [unit, core, saturated, tiny] },
  expm1: { ranges: [unit, core, saturated, tiny] },
  floor: { ranges: [wide, unit] },
  gelu: { ranges: [core, saturated, tiny] },
  geluTanh: { ranges: [core, saturated, tiny] },
  hardsigmoid: { ranges: [core] },
  hardswish: { ranges: [core] },
  isFinite: { ranges: [core], mask: true },
  isInf: { ranges: [core], mask: true },
  isNan: { ranges: [core], mask: true },
  leakyRelu: {
    ranges: [core],
    params: [
      [0.01, 0],
      [0.25, 0],
    ],
  },
  log: { ranges: [positive, [0.9, 1.1], [0, 1e-30], [1e10, 1e38]] },
  log1p: { ranges: [unit, positive, tiny, [1e10, 1e38]] },
  log2: { ranges: [positive, [0.9, 1.1], [0, 1e-30], [1e10, 1e38]] },
  logSigmoid: { ranges: [core, saturated] },
  logicalNot: {
    ranges: [unit],
    integers: [
      ["i32", integers(-2, 3)],
      ["u8", integers(0, 3)],
    ],
    mask: true,
  },
  mish: { ranges: [core, saturated, tiny] },
  neg: { ranges: [wide], integers: anyI32 },
  powScalar: {
    ranges: [positive, [0.5, 2]],
    params: [
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 0],
      [0.5, 0],
      [-1, 0],
      [-0.5, 0],
      [2.75, 0],
    ],
  },
  quickGelu: { ranges: [core, saturated, tiny] },
  reciprocal: { ranges: [wide, unit] },
  relu: { ranges: [core], integers: anyI32 },
  round: { ranges: [wide, core] },
  rsqrt: { ranges: [positive, [0, 1e-30], [1e30, 1e38]] },
  selu: { ranges: [core, saturated, tiny] },
  sigmoid: { ranges: [core, saturated] },
  sign: { ranges: [core], integers: anyI32 },
  silu: { ranges: [core, saturated, tiny] },
  sin: { ranges: [core, wide, [-1e5, 1e5], tiny, [-1e12, 1e12]] },
  softplus: {
    ranges: [core, saturated],
    params: [
      [1, 20],
      [2, 20],
      [0.5, 3],
    ],
  },
  softsign: { ranges: [core, wide, tiny] },
  sqrt: { ranges: [positive, [0, 1e-30], [1e30, 1e38]] },
  square: { ranges: [wide, unit], integers: [["i32", integers(-40_000, 40_000)]] },
  tan: { ranges: [core, wide, tiny] },
  tanh: { ranges: [core, unit, saturated, tiny] },
  trunc: { ranges: [wide, unit] },
};
