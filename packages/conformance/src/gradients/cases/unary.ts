import { activationNames } from "../../cases/activations.ts";
import type { InputSpec, Values } from "../../cases/case.ts";
import { f32, list, standardNormal, uniform } from "../../cases/specs.ts";
import { type GradCase, gradCase } from "../grad-case.ts";

interface Row {
  /** Away from kinks and poles. */
  readonly values: Values;
  readonly params?: readonly (readonly [a: number, b: number])[];
  /** The row of the scalar table, where the op is named otherwise. */
  readonly row?: string;
}

const normal: Row = { values: standardNormal };
const positive: Row = { values: uniform(0.2, 3) };
const inside: Row = { values: uniform(-0.8, 0.8) };
/** Both sides of zero, not near it, and not near whole numbers or halves. */
const sides: Row = { values: list(0.7, -0.3, 1.2, -1.8, 2.3, -2.6, 0.15, -0.85, 3.3, -4.2) };

const table: Readonly<Record<string, Row>> = {
  abs: sides,
  acos: inside,
  affine: {
    values: standardNormal,
    params: [
      [2.5, -1],
      [0, 3],
    ],
  },
  asin: inside,
  atan: normal,
  ceil: sides,
  clamp: {
    values: sides.values,
    params: [
      [-1, 1],
      [-0.5, Infinity],
    ],
  },
  cos: normal,
  elu: {
    values: sides.values,
    params: [
      [1, 0],
      [0.5, 0],
    ],
  },
  erf: normal,
  exp: normal,
  expm1: normal,
  floor: sides,
  gelu: normal,
  geluTanh: normal,
  hardsigmoid: sides,
  hardswish: sides,
  hardtanh: {
    values: sides.values,
    params: [
      [-1, 1],
      [0, 6],
    ],
    row: "clamp",
  },
  leakyRelu: { values: sides.values, params: [[0.01, 0]] },
  log: positive,
  log1p: { values: uniform(-0.8, 3) },
  log2: positive,
  logSigmoid: normal,
  mish: normal,
  neg: normal,
  powScalar: {
    values: positive.values,
    params: [
      [3, 0],
      [0.5, 0],
      [-1.5, 0],
      [1, 0],
      [0, 0],
      [2, 0],
    ],
  },
  quickGelu: normal,
  reciprocal: sides,
  relu: sides,
  round: sides,
  rsqrt: positive,
  selu: sides,
  sigmoid: normal,
  sign: sides,
  silu: normal,
  sin: normal,
  softplus: {
    values: standardNormal,
    params: [
      [1, 20],
      [2, 1.5],
    ],
  },
  softsign: sides,
  sqrt: positive,
  square: normal,
  tan: inside,
  tanh: normal,
  trunc: sides,
};

const x = (values: Values): InputSpec => f32([2, 5], values);

const functions = Object.entries(table).flatMap(([op, { values, params = [[0, 0]], row = op }]) =>
  params.map(([a, b]) => gradCase(op, `a ${a} b ${b}`, [x(values)], { op: row, a, b })),
);

const slopes = activationNames.map((op) =>
  gradCase(`${op}Backward`, "", [x(op === "relu" ? sides.values : standardNormal), x(standardNormal)], {
    op,
  }),
);

export const unaryGradCases: readonly GradCase[] = [...functions, ...slopes];
