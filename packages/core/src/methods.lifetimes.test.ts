import { afterAll, describe, expect, test } from "vitest";
import { Key, ones, randn, Tensor, tensor } from "./index.ts";
import type { TensorMethods } from "./methods.ts";
import { createReferenceBackend } from "./reference/index.ts";
import { leftBehind } from "./testing/index.ts";

/** Every method. One that is missing here does not compile, and fails below. */
type Calls = { readonly [N in keyof TensorMethods]: () => unknown };

const x = randn(new Key(0), [2, 4, 6]);
const turned = x.permute([2, 0, 1]);
const mask = ones([2, 4, 6], { dtype: "u8" });
const square = ones([6, 6]);
const ids = tensor([0, 1], { dtype: "i32" });
const index = tensor([[[0], [1]]], { dtype: "i32" });
const one = ones([1, 1]);
const elsewhere = createReferenceBackend();
const given = [x, turned, mask, square, ids, index, one];
afterAll(() => {
  for (const each of given) each.dispose();
});

const calls: Calls = {
  abs: () => mask.abs(),
  add: () => [x.add(mask), x.add(1)],
  all: () => x.all(1),
  amax: () => x.amax(1),
  amin: () => x.amin(1),
  any: () => x.any(1),
  argmax: () => [x.argmax(), x.argmax(1)],
  argmin: () => [x.argmin(), x.argmin(1)],
  argsort: () => x.argsort(),
  array: () => turned.array(),
  cast: () => [x.cast("i32"), x.cast("f32")],
  ceil: () => [x.ceil(), ids.ceil()],
  chunk: () => x.chunk(2, 1),
  clamp: () => ids.clamp(0, 0.5),
  contiguous: () => [x.contiguous(), turned.contiguous()],
  copy: () => turned.copy(),
  cos: () => ids.cos(),
  cumprod: () => mask.cumprod(1),
  cumsum: () => mask.cumsum(1),
  data: () => turned.data(),
  detach: () => x.detach(),
  diagonal: () => x.diagonal(),
  div: () => x.div(2),
  eq: () => x.eq(0),
  exp: () => ids.exp(),
  expand: () => one.expand([2, 3]),
  flatten: () => turned.flatten(),
  flip: () => x.flip(0),
  floor: () => [x.floor(), ids.floor()],
  gather: () => x.gather(index, 2),
  ge: () => x.ge(0),
  gelu: () => ids.gelu(),
  gt: () => x.gt(0),
  indexSelect: () => x.indexSelect(ids, 1),
  item: () => one.item(),
  le: () => x.le(0),
  log: () => ids.log(),
  logSoftmax: () => x.logSoftmax(1),
  logicalAnd: () => mask.logicalAnd(x),
  logicalNot: () => mask.logicalNot(),
  logicalOr: () => mask.logicalOr(x),
  logsumexp: () => x.logsumexp(1),
  lt: () => x.lt(0),
  maskedFill: () => x.maskedFill(mask, 1),
  matmul: () => x.matmul(square),
  maximum: () => x.maximum(0),
  mean: () => [x.mean(), mask.mean(1)],
  minimum: () => x.minimum(0),
  movedim: () => x.movedim(0, 1),
  mul: () => [x.mul(mask), x.mul(2)],
  narrow: () => x.narrow(1, 1, 2),
  ne: () => x.ne(0),
  neg: () => mask.neg(),
  norm: () => [x.norm(), x.norm(1, 1)],
  permute: () => x.permute([1, 0, 2]),
  pow: () => [x.pow(2), mask.pow(0.5), x.pow(mask)],
  prod: () => mask.prod(1),
  reciprocal: () => ids.reciprocal(),
  relu: () => ids.relu(),
  repeat: () => x.repeat([1, 2, 1]),
  reshape: () => [x.reshape([-1]), turned.reshape([-1]), x.reshape([2, 4, 6])],
  roll: () => x.roll(1, 1),
  round: () => [x.round(), ids.round()],
  rsqrt: () => ids.rsqrt(),
  sigmoid: () => ids.sigmoid(),
  sign: () => mask.sign(),
  silu: () => ids.silu(),
  sin: () => ids.sin(),
  slice: () => [x.slice(1), x.slice([1, null], 0)],
  softmax: () => x.softmax(1),
  sort: () => x.sort(),
  split: () => x.split(3, 2),
  sqrt: () => ids.sqrt(),
  square: () => mask.square(),
  squeeze: () => [one.squeeze(), x.squeeze()],
  std: () => [x.std(), x.std(1)],
  sub: () => [x.sub(mask), x.sub(1)],
  sum: () => [x.sum(), mask.sum(1)],
  tanh: () => ids.tanh(),
  to: () => turned.to(elsewhere),
  topK: () => x.topK(2),
  transpose: () => x.transpose(),
  tril: () => x.tril(),
  triu: () => x.triu(1),
  unbind: () => x.unbind(1),
  unsqueeze: () => turned.unsqueeze(0),
  variance: () => [x.variance(), x.variance(1)],
};

describe("where no scope is open, a method leaves its result and nothing else", () => {
  test("every one is called", () => {
    const ofTheClass = ["constructor", "dispose", "share", "describe", "toString"];
    const methods = Object.entries(Object.getOwnPropertyDescriptors(Tensor.prototype)).flatMap(
      ([name, { value }]) => (typeof value === "function" && !ofTheClass.includes(name) ? [name] : []),
    );
    expect(Object.keys(calls).sort()).toEqual(methods.sort());
  });

  test.each(Object.entries(calls))("%s", async (_, call) => {
    expect(await leftBehind(call)).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
    expect(given.filter(({ isDisposed, scope }) => isDisposed || scope !== null)).toEqual([]);
  });
});
