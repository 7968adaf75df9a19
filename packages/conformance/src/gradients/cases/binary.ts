import type { Values } from "../../cases/case.ts";
import { f32, list, standardNormal, u8, uniform } from "../../cases/specs.ts";
import { type GradCase, gradCase } from "../grad-case.ts";

interface Row {
  readonly a: Values;
  readonly b: Values;
}

const normal: Row = { a: standardNormal, b: standardNormal };
const divided: Row = { a: standardNormal, b: uniform(0.5, 2) };

/** Ops with attributes `{ op }`. Values stay away from ties and from whole quotients. */
const table: Readonly<Record<string, Row>> = {
  add: normal,
  sub: normal,
  mul: normal,
  div: divided,
  pow: { a: uniform(0.3, 2), b: uniform(-2, 2) },
  maximum: normal,
  minimum: normal,
  fmax: normal,
  fmin: normal,
  atan2: { a: standardNormal, b: uniform(0.5, 2) },
  hypot: { a: uniform(0.5, 2), b: uniform(-2, -0.5) },
  remainder: { a: list(2.3, -1.7, 0.4, 5.2, -3.3, 1.1), b: list(0.9, 1.3, -0.7, 1.6, -2.1, 0.8) },
  fmod: { a: list(2.3, -1.7, 0.4, 5.2, -3.3, 1.1), b: list(0.9, 1.3, -0.7, 1.6, -2.1, 0.8) },
};

/** Ops with other attributes, or none. */
const others: Readonly<Record<string, Row>> = {
  logaddexp: normal,
  xlogy: { a: standardNormal, b: uniform(0.2, 3) },
  binaryCrossEntropy: { a: uniform(0.1, 0.9), b: uniform(0.1, 0.9) },
};

function shapes(op: string, { a, b }: Row, attrs: unknown): GradCase[] {
  return [
    gradCase(op, "equal shapes", [f32([2, 3], a), f32([2, 3], b)], attrs),
    gradCase(op, "b broadcast", [f32([2, 3], a), f32([3], b)], attrs),
    gradCase(op, "a broadcast", [f32([1, 3], a), f32([2, 1, 3], b)], attrs),
    gradCase(op, "a scalar", [f32([], a), f32([2, 3], b)], attrs),
  ];
}

const ties = list(1, 2, 3);

export const binaryGradCases: readonly GradCase[] = [
  ...Object.entries(table).flatMap(([op, row]) => shapes(op, row, { op })),
  ...Object.entries(others).flatMap(([op, row]) => shapes(op, row, {})),
  gradCase("where", "", [u8([2, 3]), f32([2, 3]), f32([2, 3])]),
  gradCase("where", "broadcast", [u8([3, 1], list(1, 0, 1)), f32([4]), f32([])]),
  gradCase("pow", "of integers", [f32([3], list(-2, 3, -1.5)), f32([3], ties)], { op: "pow" }, { wrt: [0] }),
];
