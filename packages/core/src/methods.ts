/**
 * Puts the ops on Tensor as methods. Its import is a side effect: the engine imports no op, and ops import the engine.
 */
import type { Backend, DType } from "./backend.ts";
import * as activations from "./ops/activations.ts";
import * as args from "./ops/arg-reduce.ts";
import * as arithmetic from "./ops/arithmetic.ts";
import * as math from "./ops/binary-math.ts";
import { cast } from "./ops/cast.ts";
import * as compare from "./ops/compare.ts";
import { split } from "./ops/concat.ts";
import { contiguous, copy } from "./ops/copy.ts";
import { cumprod, cumsum } from "./ops/cumulative.ts";
import { detach } from "./ops/detach.ts";
import { diagonal } from "./ops/diagonal.ts";
import type { Operand } from "./ops/elementwise.ts";
import { expand } from "./ops/expand.ts";
import { flip } from "./ops/flip.ts";
import { gather, indexSelect } from "./ops/gather.ts";
import { logsumexp } from "./ops/logsumexp.ts";
import { matmul } from "./ops/matmul.ts";
import { norm } from "./ops/norm.ts";
import { movedim, permute, transpose } from "./ops/permute.ts";
import type { Axes, ReduceOptions } from "./ops/reduce.ts";
import * as reduce from "./ops/reduce.ts";
import { repeat } from "./ops/repeat.ts";
import { flatten, reshape, squeeze, unsqueeze } from "./ops/reshape.ts";
import { roll } from "./ops/roll.ts";
import { narrow, type SliceRange, slice } from "./ops/slice.ts";
import { logSoftmax, softmax } from "./ops/softmax.ts";
import { argsort, sort, topK, type ValuesAndIndices } from "./ops/top-k.ts";
import { tril, triu } from "./ops/triangle.ts";
import * as unary from "./ops/unary.ts";
import { chunk, unbind } from "./ops/unbind.ts";
import { std, type VarianceOptions, variance } from "./ops/variance.ts";
import { maskedFill } from "./ops/where.ts";
import { moveTo, type Nested, read, readItem, readNested, type TypedArrays } from "./read.ts";
import { Tensor } from "./tensor.ts";

/** The methods, as the functions of the same names have them. */
export interface TensorMethods {
  add(other: Operand): Tensor;
  sub(other: Operand): Tensor;
  mul(other: Operand): Tensor;
  div(other: Operand): Tensor;
  pow(exponent: Operand): Tensor;
  maximum(other: Operand): Tensor;
  minimum(other: Operand): Tensor;
  eq(other: Operand): Tensor;
  ne(other: Operand): Tensor;
  lt(other: Operand): Tensor;
  le(other: Operand): Tensor;
  gt(other: Operand): Tensor;
  ge(other: Operand): Tensor;
  logicalAnd(other: Operand): Tensor;
  logicalOr(other: Operand): Tensor;
  logicalNot(): Tensor;
  neg(): Tensor;
  abs(): Tensor;
  exp(): Tensor;
  log(): Tensor;
  sqrt(): Tensor;
  rsqrt(): Tensor;
  square(): Tensor;
  sin(): Tensor;
  cos(): Tensor;
  relu(): Tensor;
  gelu(): Tensor;
  silu(): Tensor;
  sigmoid(): Tensor;
  tanh(): Tensor;
  clamp(low: number, high: number): Tensor;
  floor(): Tensor;
  ceil(): Tensor;
  round(): Tensor;
  sign(): Tensor;
  reciprocal(): Tensor;
  matmul(other: Tensor): Tensor;
  sum(axes?: Axes, options?: ReduceOptions): Tensor;
  mean(axes?: Axes, options?: ReduceOptions): Tensor;
  prod(axes?: Axes, options?: ReduceOptions): Tensor;
  variance(axes?: Axes, options?: VarianceOptions): Tensor;
  std(axes?: Axes, options?: VarianceOptions): Tensor;
  norm(p?: number, axes?: Axes, options?: ReduceOptions): Tensor;
  logsumexp(axes?: Axes, options?: ReduceOptions): Tensor;
  amax(axes?: Axes, options?: ReduceOptions): Tensor;
  amin(axes?: Axes, options?: ReduceOptions): Tensor;
  any(axes?: Axes, options?: ReduceOptions): Tensor;
  all(axes?: Axes, options?: ReduceOptions): Tensor;
  argmax(axis?: number, options?: ReduceOptions): Tensor;
  argmin(axis?: number, options?: ReduceOptions): Tensor;
  cumsum(axis: number): Tensor;
  cumprod(axis: number): Tensor;
  sort(axis?: number, options?: { readonly descending?: boolean }): ValuesAndIndices;
  argsort(axis?: number, options?: { readonly descending?: boolean }): Tensor;
  topK(k: number, axis?: number, options?: { readonly largest?: boolean }): ValuesAndIndices;
  softmax(axis?: number): Tensor;
  logSoftmax(axis?: number): Tensor;
  reshape(shape: readonly number[]): Tensor;
  flatten(start?: number, end?: number): Tensor;
  squeeze(axis?: number): Tensor;
  unsqueeze(axis: number): Tensor;
  permute(axes: readonly number[]): Tensor;
  transpose(axis0?: number, axis1?: number): Tensor;
  movedim(from: number | readonly number[], to: number | readonly number[]): Tensor;
  expand(shape: readonly number[]): Tensor;
  repeat(repeats: readonly number[]): Tensor;
  roll(shifts: number | readonly number[], axes?: number | readonly number[]): Tensor;
  tril(offset?: number): Tensor;
  triu(offset?: number): Tensor;
  diagonal(offset?: number, axis0?: number, axis1?: number): Tensor;
  flip(axes?: number | readonly number[]): Tensor;
  slice(...ranges: readonly (SliceRange | number | null)[]): Tensor;
  narrow(axis: number, start: number, length: number): Tensor;
  split(sizes: number | readonly number[], axis?: number): Tensor[];
  chunk(count: number, axis?: number): Tensor[];
  unbind(axis?: number): Tensor[];
  gather(index: Tensor, axis: number): Tensor;
  indexSelect(index: Tensor, axis: number): Tensor;
  maskedFill(mask: Tensor, value: number): Tensor;
  cast(dtype: DType): Tensor;
  copy(): Tensor;
  contiguous(): Tensor;
  /** The same value, constant to gradients. */
  detach(): Tensor;
  /** The elements in row-major order, copied out. */
  data(): Promise<TypedArrays[DType]>;
  /** The one element, as a number. */
  item(): Promise<number>;
  /** The elements as nested arrays. */
  array(): Promise<Nested>;
  /** The same values on another backend. */
  to(backend: Backend): Promise<Tensor>;
}

declare module "./tensor.ts" {
  interface Tensor extends TensorMethods {}
}

/** Functions whose first argument is the tensor. */
type Receiver = (self: Tensor, ...rest: never[]) => unknown;

const methods: { readonly [N in keyof TensorMethods]: Receiver } = {
  add: arithmetic.add,
  sub: arithmetic.sub,
  mul: arithmetic.mul,
  div: arithmetic.div,
  pow: math.pow,
  maximum: math.maximum,
  minimum: math.minimum,
  eq: compare.eq,
  ne: compare.ne,
  lt: compare.lt,
  le: compare.le,
  gt: compare.gt,
  ge: compare.ge,
  logicalAnd: compare.logicalAnd,
  logicalOr: compare.logicalOr,
  logicalNot: unary.logicalNot,
  neg: unary.neg,
  abs: unary.abs,
  exp: unary.exp,
  log: unary.log,
  sqrt: unary.sqrt,
  rsqrt: unary.rsqrt,
  square: unary.square,
  sin: unary.sin,
  cos: unary.cos,
  relu: activations.relu,
  gelu: activations.gelu,
  silu: activations.silu,
  sigmoid: activations.sigmoid,
  tanh: activations.tanh,
  clamp: activations.clamp,
  floor: unary.floor,
  ceil: unary.ceil,
  round: unary.round,
  sign: unary.sign,
  reciprocal: unary.reciprocal,
  matmul,
  sum: reduce.sum,
  mean: reduce.mean,
  prod: reduce.prod,
  variance,
  std,
  norm,
  logsumexp,
  amax: reduce.amax,
  amin: reduce.amin,
  any: reduce.any,
  all: reduce.all,
  argmax: args.argmax,
  argmin: args.argmin,
  cumsum,
  cumprod,
  sort,
  argsort,
  topK,
  softmax,
  logSoftmax,
  reshape,
  flatten,
  squeeze,
  unsqueeze,
  permute,
  transpose,
  movedim,
  expand,
  repeat,
  roll,
  tril,
  triu,
  diagonal,
  flip,
  slice,
  narrow,
  split,
  chunk,
  unbind,
  gather,
  indexSelect,
  maskedFill,
  cast,
  copy,
  contiguous,
  detach,
  data: read,
  item: readItem,
  array: readNested,
  to: moveTo,
};

for (const [name, fn] of Object.entries(methods)) {
  Object.defineProperty(Tensor.prototype, name, {
    configurable: true,
    writable: true,
    value(this: Tensor, ...rest: never[]): unknown {
      return fn(this, ...rest);
    },
  });
}
