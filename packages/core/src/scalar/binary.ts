import type { BinaryName } from "../backend.ts";

/** A scalar function of two numbers, in f64. */
export type BinaryFunction = (x: number, y: number) => number;

const truth = (value: boolean): number => (value ? 1 : 0);

/** The definition of every binary function. Integer results wrap to 32 bits when stored. */
export const binaryFunctions: { readonly [N in BinaryName]: BinaryFunction } = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  floorDiv: (x, y) => Math.floor(x / y),
  truncDiv: (x, y) => Math.trunc(x / y),
  /** The sign of the divisor (Python's %). */
  remainder: (x, y) => {
    const rest = x % y;
    return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
  },
  /** The sign of the dividend (C's fmod). */
  fmod: (x, y) => x % y,
  pow: (x, y) =>
    x === 1 || y === 0 ? 1 : Math.abs(x) === 1 && !Number.isFinite(y) && !Number.isNaN(y) ? 1 : x ** y,
  maximum: (x, y) => (Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : Math.max(x, y)),
  minimum: (x, y) => (Number.isNaN(x) || Number.isNaN(y) ? Number.NaN : Math.min(x, y)),
  /** The number where the other is NaN. */
  fmax: (x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.max(x, y)),
  fmin: (x, y) => (Number.isNaN(x) ? y : Number.isNaN(y) ? x : Math.min(x, y)),
  atan2: (x, y) => Math.atan2(x, y),
  hypot: (x, y) => Math.hypot(x, y),
  eq: (x, y) => truth(x === y),
  ne: (x, y) => truth(x !== y),
  lt: (x, y) => truth(x < y),
  le: (x, y) => truth(x <= y),
  gt: (x, y) => truth(x > y),
  ge: (x, y) => truth(x >= y),
  logicalAnd: (x, y) => truth(x !== 0 && y !== 0),
  logicalOr: (x, y) => truth(x !== 0 || y !== 0),
  logicalXor: (x, y) => truth((x !== 0) !== (y !== 0)),
  bitAnd: (x, y) => x & y,
  bitOr: (x, y) => x | y,
  bitXor: (x, y) => x ^ y,
  shiftLeft: (x, y) => x << y,
  shiftRight: (x, y) => x >> y,
};

/** The binary functions whose result is a mask. */
export const maskBinaries: ReadonlySet<BinaryName> = new Set<BinaryName>([
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
  "logicalAnd",
  "logicalOr",
  "logicalXor",
]);
