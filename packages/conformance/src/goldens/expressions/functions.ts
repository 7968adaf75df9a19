import type { Tensor } from "@saccade/core";
import * as core from "@saccade/core";
import { asNumber, asNumbers, asTensor, type Value } from "./values.ts";

/** Arguments of a call: by position (of a method, the tensor first) and by keyword. */
export interface CallArgs {
  readonly positional: readonly Value[];
  readonly keywords: Readonly<Record<string, Value>>;
}

type Function = (args: CallArgs) => Value;

/** The argument at a position or of a name. */
function at(
  { positional, keywords }: CallArgs,
  position: number,
  ...names: readonly string[]
): Value | undefined {
  return positional[position] ?? names.map((name) => keywords[name]).find((value) => value !== undefined);
}

const self = (args: CallArgs): Tensor => asTensor(at(args, 0, "input", "self"), "the first argument");
const tensorAt = (args: CallArgs, position: number, name: string): Tensor =>
  asTensor(at(args, position, name), name);
const numberAt = (args: CallArgs, position: number, name: string, otherwise: number): number => {
  const value = at(args, position, name);
  return value === undefined || value === null ? otherwise : asNumber(value, name);
};

/** `x.permute(2, 0, 1)` and `x.permute((2, 0, 1))`. */
function numbersFrom(args: CallArgs, position: number, name: string): number[] {
  const rest = args.positional.slice(position);
  if (rest.length > 1) return rest.map((value) => asNumber(value, name));
  return asNumbers(at(args, position, name), name);
}

function maybeNumbers(args: CallArgs, position: number, name: string): number | number[] | undefined {
  const value = at(args, position, name);
  if (value === undefined || value === null) return undefined;
  return typeof value === "number" ? value : asNumbers(value, name);
}

const tensors = (value: Value | undefined): Tensor[] => {
  if (!Array.isArray(value)) throw new Error("tensors should be a list");
  return value.map((item: Value) => asTensor(item, "an element"));
};

const keeps = (args: CallArgs, position: number) => ({ keepDims: at(args, position, "keepdim") === true });
const unary =
  (fn: (x: Tensor) => Tensor): Function =>
  (args) =>
    fn(self(args));
const alongAxis =
  (fn: (x: Tensor, axis: number) => Tensor, otherwise = -1): Function =>
  (args) =>
    fn(self(args), numberAt(args, 1, "dim", otherwise));
const reduction =
  (fn: (x: Tensor, axes?: number | number[], options?: core.ReduceOptions) => Tensor): Function =>
  (args) =>
    fn(self(args), maybeNumbers(args, 1, "dim"), keeps(args, 2));
const operand = (value: Value | undefined): core.Operand =>
  typeof value === "number" ? value : asTensor(value, "an operand");
const binary =
  (fn: (a: core.Operand, b: core.Operand) => Tensor): Function =>
  (args) =>
    fn(operand(at(args, 0, "input")), operand(at(args, 1, "other")));

/** A list of numbers as an index. */
function indexOf(value: Value | undefined): Tensor {
  return Array.isArray(value)
    ? core.tensor(asNumbers(value, "index"), { dtype: "i32" })
    : asTensor(value, "index");
}

function lossOptions({ keywords }: CallArgs) {
  const { reduction, ignore_index, label_smoothing, weight } = keywords;
  return {
    ...(typeof reduction === "string" ? { reduction: reduction as core.Reduction } : {}),
    ...(typeof ignore_index === "number" ? { ignoreIndex: ignore_index } : {}),
    ...(typeof label_smoothing === "number" ? { labelSmoothing: label_smoothing } : {}),
    ...(weight instanceof core.Tensor ? { weight } : {}),
  };
}

const elementwise: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  abs: core.abs, acos: core.acos, asin: core.asin, atan: core.atan, ceil: core.ceil, clone: core.copy,
  contiguous: core.contiguous, cos: core.cos, detach: core.detach, erf: core.erf, exp: core.exp, expm1: core.expm1,
  floor: core.floor, frac: core.frac, gelu: core.gelu, isnan: core.isNan, log: core.log, log1p: core.log1p,
  log2: core.log2, mish: core.mish, neg: core.neg, reciprocal: core.reciprocal, relu: core.relu, round: core.round,
  rsqrt: core.rsqrt, selu: core.selu, sigmoid: core.sigmoid, sign: core.sign, silu: core.silu, sin: core.sin,
  softplus: (x) => core.softplus(x), softsign: core.softsign, sqrt: core.sqrt, square: core.square, tan: core.tan,
  tanh: core.tanh, trunc: core.trunc, ravel: (x) => core.flatten(x), t: (x) => core.transpose(x), zeros_like: (x) => core.fullLike(x, 0),
  ones_like: (x) => core.fullLike(x, 1), logical_not: core.logicalNot, float: core.toFloat, bool: (x) => core.cast(x, "u8"),
  long: (x) => core.cast(x, "i32"),
}; // biome-ignore format: a table reads better

/** Python's `min` and `max` of numbers, or PyTorch's of a tensor. */
const extremum =
  (ofNumbers: (...values: number[]) => number, ofTensor: (x: Tensor) => Tensor): Function =>
  (args) =>
    args.positional.every((value) => typeof value === "number")
      ? ofNumbers(...args.positional.map((value) => asNumber(value, "an argument")))
      : ofTensor(self(args));

/** PyTorch's functions and methods by name, as far as expressions of cases use them. */
export const functions: Readonly<Record<string, Function>> = {
  ...Object.fromEntries(Object.entries(elementwise).map(([name, fn]) => [name, unary(fn)])),
  add: binary(core.add),
  sub: binary(core.sub),
  mul: binary(core.mul),
  div: binary(core.div),
  pow: binary(core.pow),
  max: extremum(Math.max, (x) => core.amax(x)),
  min: extremum(Math.min, (x) => core.amin(x)),
  maximum: binary(core.maximum),
  minimum: binary(core.minimum),
  atan2: binary(core.atan2),
  sum: reduction(core.sum),
  mean: reduction(core.mean),
  prod: reduction(core.prod),
  amax: reduction(core.amax),
  amin: reduction(core.amin),
  logsumexp: reduction(core.logsumexp),
  var: reduction(core.variance),
  std: reduction(core.std),
  any: reduction(core.any),
  all: reduction(core.all),
  argmax: (args) => core.argmax(self(args), at(args, 1, "dim") as number | undefined, keeps(args, 2)),
  argmin: (args) => core.argmin(self(args), at(args, 1, "dim") as number | undefined, keeps(args, 2)),
  norm: (args) =>
    core.norm(self(args), numberAt(args, 1, "p", 2), maybeNumbers(args, 2, "dim"), keeps(args, 3)),
  softmax: alongAxis(core.softmax),
  log_softmax: alongAxis(core.logSoftmax),
  cumsum: alongAxis(core.cumsum),
  cumprod: alongAxis(core.cumprod),
  glu: alongAxis(core.glu),
  unsqueeze: alongAxis(core.unsqueeze),
  squeeze: (args) => core.squeeze(self(args), at(args, 1, "dim") as number | undefined),
  flatten: (args) =>
    core.flatten(self(args), numberAt(args, 1, "start_dim", 0), numberAt(args, 2, "end_dim", -1)),
  permute: (args) => core.permute(self(args), numbersFrom(args, 1, "dims")),
  transpose: (args) => core.transpose(self(args), numberAt(args, 1, "dim0", 0), numberAt(args, 2, "dim1", 1)),
  reshape: (args) => core.reshape(self(args), numbersFrom(args, 1, "shape")),
  expand: (args) => core.expand(self(args), numbersFrom(args, 1, "size")),
  repeat: (args) => core.repeat(self(args), numbersFrom(args, 1, "repeats")),
  flip: (args) => core.flip(self(args), numbersFrom(args, 1, "dims")),
  movedim: (args) =>
    core.movedim(
      self(args),
      asNumbers(at(args, 1, "source"), "source"),
      asNumbers(at(args, 2, "destination"), "destination"),
    ),
  roll: (args) =>
    core.roll(self(args), asNumbers(at(args, 1, "shifts"), "shifts"), maybeNumbers(args, 2, "dims")),
  repeat_interleave: (args) =>
    core.repeatInterleave(
      self(args),
      maybeNumbers(args, 1, "repeats") ?? 1,
      at(args, 2, "dim") as number | undefined,
    ),
  tile: (args) => core.repeat(self(args), numbersFrom(args, 1, "dims")),
  tril: (args) => core.tril(self(args), numberAt(args, 1, "diagonal", 0)),
  triu: (args) => core.triu(self(args), numberAt(args, 1, "diagonal", 0)),
  diag: (args) => core.diag(self(args), numberAt(args, 1, "diagonal", 0)),
  diag_embed: (args) => core.diagEmbed(self(args), numberAt(args, 1, "offset", 0)),
  diagonal: (args) =>
    core.diagonal(
      self(args),
      numberAt(args, 1, "offset", 0),
      numberAt(args, 2, "dim1", 0),
      numberAt(args, 3, "dim2", 1),
    ),
  unfold: (args) =>
    core.unfold(
      self(args),
      numberAt(args, 1, "dimension", 0),
      numberAt(args, 2, "size", 1),
      numberAt(args, 3, "step", 1),
    ),
  narrow: (args) =>
    core.narrow(
      self(args),
      numberAt(args, 1, "dim", 0),
      numberAt(args, 2, "start", 0),
      numberAt(args, 3, "length", 0),
    ),
  select: (args) =>
    core.unbind(self(args), numberAt(args, 1, "dim", 0)).at(numberAt(args, 2, "index", 0)) ?? null,
  unbind: (args) => core.unbind(self(args), numberAt(args, 1, "dim", 0)),
  chunk: (args) => core.chunk(self(args), numberAt(args, 1, "chunks", 1), numberAt(args, 2, "dim", 0)),
  split: (args) =>
    core.split(self(args), maybeNumbers(args, 1, "split_size_or_sections") ?? 1, numberAt(args, 2, "dim", 0)),
  cat: (args) => core.concat(tensors(at(args, 0, "tensors")), numberAt(args, 1, "dim", 0)),
  stack: (args) => core.stack(tensors(at(args, 0, "tensors")), numberAt(args, 1, "dim", 0)),
  matmul: (args) => core.matmul(self(args), tensorAt(args, 1, "other")),
  outer: (args) => core.outer(self(args), tensorAt(args, 1, "vec2")),
  gather: (args) => core.gather(self(args), indexOf(at(args, 2, "index")), numberAt(args, 1, "dim", 0)),
  index_select: (args) =>
    core.indexSelect(self(args), indexOf(at(args, 2, "index")), numberAt(args, 1, "dim", 0)),
  where: (args) => core.where(self(args), operand(at(args, 1, "input")), operand(at(args, 2, "other"))),
  masked_fill: (args) =>
    core.maskedFill(self(args), tensorAt(args, 1, "mask"), numberAt(args, 2, "value", 0)),
  clamp: (args) =>
    core.clamp(
      self(args),
      numberAt(args, 1, "min", Number.NEGATIVE_INFINITY),
      numberAt(args, 2, "max", Number.POSITIVE_INFINITY),
    ),
  cross_entropy: (args) => core.crossEntropy(self(args), tensorAt(args, 1, "target"), lossOptions(args)),
  nll_loss: (args) => core.nllLoss(self(args), tensorAt(args, 1, "target"), lossOptions(args)),
  mse_loss: (args) => core.mseLoss(self(args), tensorAt(args, 1, "target"), lossOptions(args)),
};

/** Other names for the same. */
export const aliases: Readonly<Record<string, string>> = {
  view: "reshape",
  concat: "cat",
  concatenate: "cat",
  swapaxes: "transpose",
  moveaxis: "movedim",
  mm: "matmul",
  bmm: "matmul",
  clip: "clamp",
  subtract: "sub",
  multiply: "mul",
  divide: "div",
};
