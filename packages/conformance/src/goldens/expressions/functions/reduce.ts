import type { Tensor, ValuesAndIndices } from "@saccade/core";
import * as core from "@saccade/core";
import {
  at,
  axisTable,
  type CallArgs,
  type FunctionTable,
  keepDims,
  maybeAxis,
  maybeNumbers,
  numberAt,
  type PythonFunction,
  self,
} from "../call-args.ts";
import { asNumber, type Value } from "../values.ts";

type Reduce = (x: Tensor, axes?: number | number[], options?: core.ReduceOptions) => Tensor;

function reduceTable(table: Readonly<Record<string, Reduce>>): FunctionTable {
  return Object.fromEntries(
    Object.entries(table).map(([name, fn]) => [
      name,
      (args: CallArgs) => fn(self(args), maybeNumbers(args, 1, "dim"), keepDims(args, 2)),
    ]),
  );
}

/** A list of two, as PyTorch's named tuples are. */
const pair = ({ values, indices }: ValuesAndIndices): Value => [values, indices];

/** Python's `min` and `max` of numbers; PyTorch's of a tensor, or along a dimension of it. */
const extremum =
  (
    ofNumbers: (...values: number[]) => number,
    ofTensor: Reduce,
    along: typeof core.maxWithIndices,
  ): PythonFunction =>
  (args) => {
    if (args.positional.every((value) => typeof value === "number")) {
      return ofNumbers(...args.positional.map((value) => asNumber(value, "an argument")));
    }
    const axis = maybeAxis(args, 1);
    return axis === undefined ? ofTensor(self(args)) : pair(along(self(args), axis, keepDims(args, 2)));
  };

/** `x.var(1, False)`, `x.var(1, unbiased=False)`, `x.var(1, correction=0)`; without dimensions, `x.var(False)`. */
const spread =
  (fn: typeof core.variance): PythonFunction =>
  (args) => {
    const all = typeof args.positional[1] === "boolean";
    const unbiased = all ? args.positional[1] : at(args, 2, "unbiased");
    const options = {
      keepDims: at(args, 3, "keepdim") === true,
      correction: numberAt({ ...args, positional: [] }, 0, "correction", unbiased === false ? 0 : 1),
    };
    return fn(self(args), all ? undefined : maybeNumbers(args, 1, "dim"), options);
  };

/** Differences of neighbours, n times. */
function diff(x: Tensor, n: number, axis: number): Tensor {
  if (n === 0) return x;
  const length = x.shape.at(axis) ?? 0;
  const rest = (start: number): Tensor => core.narrow(x, axis, start, length - 1);
  return diff(core.sub(rest(1), rest(0)), n - 1, axis);
}

/** Functions of many elements. */
export const reduceFunctions: FunctionTable = {
  ...reduceTable({
    all: core.all,
    amax: core.amax,
    amin: core.amin,
    any: core.any,
    logsumexp: core.logsumexp,
    mean: core.mean,
    nanmean: core.nanmean,
    nansum: core.nansum,
    prod: core.prod,
    sum: core.sum,
  }),
  ...axisTable({
    cummax: (x, axis) => pair(core.cummax(x, axis)),
    cummin: (x, axis) => pair(core.cummin(x, axis)),
    cumprod: core.cumprod,
    cumsum: core.cumsum,
    glu: core.glu,
    log_softmax: core.logSoftmax,
    logcumsumexp: core.logcumsumexp,
    softmax: core.softmax,
  }),
  std: spread(core.std),
  var: spread(core.variance),
  diff: (args) => diff(self(args), numberAt(args, 1, "n", 1), numberAt(args, 2, "dim", -1)),
  trace: (args) => core.sum(core.diagonal(self(args))),
  argmax: (args) => core.argmax(self(args), maybeAxis(args, 1), keepDims(args, 2)),
  argmin: (args) => core.argmin(self(args), maybeAxis(args, 1), keepDims(args, 2)),
  max: extremum(Math.max, core.amax, core.maxWithIndices),
  median: (args) => {
    const axis = maybeAxis(args, 1);
    return axis === undefined
      ? core.median(self(args))
      : pair(core.medianWithIndices(self(args), axis, keepDims(args, 2)));
  },
  min: extremum(Math.min, core.amin, core.minWithIndices),
  norm: (args) =>
    core.norm(self(args), numberAt(args, 1, "p", 2), maybeNumbers(args, 2, "dim"), keepDims(args, 3)),
  normalize: (args) => core.normalize(self(args), numberAt(args, 1, "p", 2), numberAt(args, 2, "dim", 1)),
  sort: (args) =>
    pair(
      core.sort(self(args), numberAt(args, 1, "dim", -1), { descending: at(args, 2, "descending") === true }),
    ),
  topk: (args) =>
    pair(
      core.topK(self(args), numberAt(args, 1, "k", 1), numberAt(args, 2, "dim", -1), {
        largest: at(args, 3, "largest") !== false,
      }),
    ),
};
