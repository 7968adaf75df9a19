import type { Axes, ReduceOptions, Tensor, ValuesAndIndices } from "@saccade/core";
import * as core from "@saccade/core";
import type { Forward, ModuleCall } from "../../module-case.ts";
import type { AdapterTable } from "../table.ts";
import { axisOf, reducedAxes } from "./axes.ts";

type Reduce = (x: Tensor, axes: Axes, options: ReduceOptions) => Tensor;

const reduction =
  (fn: Reduce): Forward =>
  (call) => {
    const { axes, options } = reducedAxes(call);
    return fn(call.inputs[0], axes, options);
  };

/** PyTorch reduces all dimensions to one index, or one dimension. */
const arg =
  (fn: (x: Tensor, axis?: number, options?: ReduceOptions) => Tensor): Forward =>
  (call) => {
    const { axes, options } = reducedAxes(call);
    return fn(call.inputs[0], axes as number | undefined, options);
  };

/** Values and indices; where a case has one output, that is the values. */
export const pair = ({ values, indices }: ValuesAndIndices) => ({ values, indices, out: values });

const alongAxis =
  (fn: (x: Tensor, axis: number, options: ReduceOptions) => ValuesAndIndices): Forward =>
  (call) =>
    pair(fn(call.inputs[0], axisOf(call), { keepDims: call.config.boolean("keepdim", false) }));

const variance = (fn: typeof core.variance, correction: number) => (call: ModuleCall) => {
  const { axes, options } = reducedAxes(call);
  return fn(call.inputs[0], axes, { ...options, correction: call.config.number("correction", correction) });
};

const norm =
  (p: number | null): Forward =>
  (call) => {
    const { axes, options } = reducedAxes(call);
    return core.norm(call.inputs[0], p ?? call.config.number("p", 2), axes, options);
  };

/** Sums, extrema, norms, moments. */
export const reduceOps: AdapterTable = {
  all: reduction(core.all),
  amax: reduction(core.amax),
  amin: reduction(core.amin),
  any: reduction(core.any),
  argmax: arg(core.argmax),
  argmin: arg(core.argmin),
  logsumexp: reduction(core.logsumexp),
  max: reduction(core.amax),
  max_dim: alongAxis(core.maxWithIndices),
  mean: reduction(core.mean),
  median: ({ inputs: [x] }) => core.median(x),
  median_dim: alongAxis(core.medianWithIndices),
  min: reduction(core.amin),
  min_dim: alongAxis(core.minWithIndices),
  nanmean: reduction(core.nanmean),
  nansum: reduction(core.nansum),
  norm: norm(null),
  norm1: norm(1),
  norm2: norm(2),
  norminf: norm(Number.POSITIVE_INFINITY),
  prod: reduction(core.prod),
  std: variance(core.std, 1),
  std0: variance(core.std, 0),
  sum: reduction(core.sum),
  var: variance(core.variance, 1),
  var0: variance(core.variance, 0),
};
