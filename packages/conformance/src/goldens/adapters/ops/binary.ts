import type { Tensor } from "@saccade/core";
import * as core from "@saccade/core";
import type { AdapterTable } from "../table.ts";

const pairs: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  add: core.add,
  atan2: core.atan2,
  bitwise_and: core.bitAnd,
  bitwise_or: core.bitOr,
  bitwise_xor: core.bitXor,
  // PyTorch adds and multiplies booleans as booleans; here masks count as integers.
  bool_add: core.logicalOr,
  bool_and: core.bitAnd,
  bool_eq: core.eq,
  bool_mul: core.logicalAnd,
  bool_or: core.bitOr,
  bool_xor: core.bitXor,
  div: core.div,
  eq: core.eq,
  floor_div: core.floorDiv,
  floor_divide: core.floorDiv,
  fmax: core.fmax,
  fmin: core.fmin,
  fmod: core.fmod,
  ge: core.ge,
  gt: core.gt,
  hypot: core.hypot,
  le: core.le,
  logaddexp: core.logaddexp,
  logical_and: core.logicalAnd,
  logical_or: core.logicalOr,
  logical_xor: core.logicalXor,
  lt: core.lt,
  maximum: core.maximum,
  minimum: core.minimum,
  mul: core.mul,
  ne: core.ne,
  outer: core.outer,
  remainder: core.remainder,
  sub: core.sub,
  true_div: core.div,
  trunc_div: core.truncDiv,
  trunc_divide: core.truncDiv,
  xlogy: core.xlogy,
};

/** Functions of two tensors and more, elementwise. */
export const binaryOps: AdapterTable = {
  ...Object.fromEntries(Object.entries(pairs).map(([op, fn]) => [op, ({ inputs: [a, b] }) => fn(a, b)])),
  pow: ({ inputs: [a, b], config }) => core.pow(a, b ?? config.number("exponent")),
  lerp: ({ inputs: [a, b, weight], config }) => core.lerp(a, b, weight ?? config.number("weight")),
  addcmul: ({ inputs: [x, a, b], config }) => core.addcmul(x, a, b, config.number("value", 1)),
  addcdiv: ({ inputs: [x, a, b], config }) => core.addcdiv(x, a, b, config.number("value", 1)),
};
