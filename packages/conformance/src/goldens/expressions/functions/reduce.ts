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

/** Functions of many elements. */
export const reduceFunctions: FunctionTable = {
  ...reduceTable({
    all: core.all,
    amax: core.amax,
    amin: core.amin,
    any: core.any,
    logsumexp: core.logsumexp,
    mean: core.mean,
    nansum: core.nansum,
    prod: core.prod,
    std: core.std,
    sum: core.sum,
    var: core.variance,
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
