import { afterAll, describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { leftBehind } from "../testing/index.ts";
import * as activations from "./activations.ts";
import * as arithmetic from "./arithmetic.ts";
import * as binaryMath from "./binary-math.ts";
import * as compare from "./compare.ts";
import type { Operand } from "./elementwise.ts";
import * as ops from "./index.ts";
import * as pointwise from "./pointwise.ts";
import * as unary from "./unary.ts";

const elementwise = { ...activations, ...arithmetic, ...binaryMath, ...compare, ...pointwise, ...unary };

/** The public ones of these modules. One that is missing here does not compile, and fails below. */
type Calls = { readonly [N in keyof typeof ops & keyof typeof elementwise]: () => unknown };

const x = ops.rand(new Key(0), [2, 3]);
const row = ops.ones([3]);
const ids = tensor([[1, 2, 3]], { dtype: "i32" });
const mask = ops.ones([2, 3], { dtype: "u8" });
afterAll(() => {
  for (const each of [x, row, ids, mask]) each.dispose();
});

type OfOne = (x: Tensor) => Tensor;
type OfTwo = (a: Operand, b: Operand) => Tensor;

/** Integers and masks are converted on the way. */
const one = (fn: OfOne) => () => [fn(x), fn(ids), fn(mask)];
const oneInteger = (fn: OfOne) => () => [fn(ids), fn(mask)];
const two = (fn: OfTwo) => () => [fn(x, row), fn(x, ids), fn(mask, x), fn(ids, mask), fn(x, 2), fn(0.5, ids)];
const twoIntegers = (fn: OfTwo) => () => [fn(ids, ids), fn(mask, ids), fn(ids, 2), fn(2, mask)];

const calls: Calls = {
  abs: one(ops.abs),
  acos: one(ops.acos),
  add: two(ops.add),
  addcdiv: () => [ops.addcdiv(x, row, row), ops.addcdiv(x, ids, mask, 2)],
  addcmul: () => [ops.addcmul(x, row, row), ops.addcmul(x, ids, mask, 2)],
  asin: one(ops.asin),
  atan: one(ops.atan),
  atan2: two(ops.atan2),
  bitAnd: twoIntegers(ops.bitAnd),
  bitNot: oneInteger(ops.bitNot),
  bitOr: twoIntegers(ops.bitOr),
  bitXor: twoIntegers(ops.bitXor),
  ceil: one(ops.ceil),
  clamp: one((y) => ops.clamp(y, 0, 0.5)),
  cos: one(ops.cos),
  div: two(ops.div),
  elu: one(ops.elu),
  eq: two(ops.eq),
  erf: one(ops.erf),
  exp: one(ops.exp),
  expm1: one(ops.expm1),
  floor: one(ops.floor),
  floorDiv: two(ops.floorDiv),
  fmax: two(ops.fmax),
  fmin: two(ops.fmin),
  fmod: two(ops.fmod),
  frac: () => ops.frac(x),
  ge: two(ops.ge),
  gelu: one(ops.gelu),
  geluTanh: one(ops.geluTanh),
  gt: two(ops.gt),
  hardsigmoid: one(ops.hardsigmoid),
  hardswish: one(ops.hardswish),
  hardtanh: one(ops.hardtanh),
  hypot: two(ops.hypot),
  isFiniteMask: one(ops.isFiniteMask),
  isInf: one(ops.isInf),
  isNan: one(ops.isNan),
  le: two(ops.le),
  leakyRelu: one(ops.leakyRelu),
  lerp: () => [ops.lerp(x, row, 0.5), ops.lerp(x, ids, mask)],
  log: one(ops.log),
  log1p: one(ops.log1p),
  log2: one(ops.log2),
  logSigmoid: one(ops.logSigmoid),
  logicalAnd: two(ops.logicalAnd),
  logicalNot: one(ops.logicalNot),
  logicalOr: two(ops.logicalOr),
  logicalXor: two(ops.logicalXor),
  lt: two(ops.lt),
  maximum: two(ops.maximum),
  minimum: two(ops.minimum),
  mish: one(ops.mish),
  mul: two(ops.mul),
  ne: two(ops.ne),
  neg: one(ops.neg),
  pow: two(ops.pow),
  powScalar: () => [ops.powScalar(x, 2), ops.powScalar(mask, 2), ops.powScalar(ids, 0.5)],
  quickGelu: one(ops.quickGelu),
  reciprocal: one(ops.reciprocal),
  relu: one(ops.relu),
  remainder: two(ops.remainder),
  round: one(ops.round),
  rsqrt: one(ops.rsqrt),
  selu: one(ops.selu),
  shiftLeft: twoIntegers(ops.shiftLeft),
  shiftRight: twoIntegers(ops.shiftRight),
  sigmoid: one(ops.sigmoid),
  sign: one(ops.sign),
  silu: one(ops.silu),
  sin: one(ops.sin),
  softplus: one(ops.softplus),
  softsign: one(ops.softsign),
  sqrt: one(ops.sqrt),
  square: one(ops.square),
  sub: two(ops.sub),
  tan: one(ops.tan),
  tanh: one(ops.tanh),
  trunc: one(ops.trunc),
  truncDiv: two(ops.truncDiv),
  xlogy: () => [ops.xlogy(x, row), ops.xlogy(ids, x), ops.xlogy(mask, ids)],
};

describe("where no scope is open, a function leaves its result and nothing else", () => {
  test("every public one is called", () => {
    const names = Object.keys(ops).filter((name) => name in elementwise);
    expect(Object.keys(calls).sort()).toEqual(names.sort());
  });

  test.each(Object.entries(calls))("%s", async (_, call) => {
    expect(await leftBehind(call)).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
  });
});
