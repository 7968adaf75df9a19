import type { Axes, ReduceOptions } from "@saccade/core";
import type { ModuleCall } from "../../module-case.ts";

/** What a reduction is over. */
export interface ReducedAxes {
  readonly axes: Axes;
  readonly options: ReduceOptions;
}

/** `config.dim` as one axis; where the list leaves it out, the last. */
export function axisOf({ config }: ModuleCall, otherwise = -1): number {
  return config.number("dim", otherwise);
}

/**
 * `config.dim` and `keepdim`. An empty list means all, as in PyTorch. Where the list leaves the dimension out, the shape
 * that the result should have tells it.
 */
export function reducedAxes(call: ModuleCall, output = call.outputs[0]): ReducedAxes {
  const { config } = call;
  const [x] = call.inputs;
  const keepDims = config.boolean("keepdim", false);
  if (config.has("dim")) {
    const dims = config.numberOrNumbers("dim");
    return { axes: typeof dims !== "number" && dims.length === 0 ? undefined : dims, options: { keepDims } };
  }
  const want = call.shapeOf(output);
  if (want.length === 0) return { axes: undefined, options: {} };
  if (want.length === x.rank && want.every((size) => size === 1))
    return { axes: undefined, options: { keepDims: true } };
  for (let axis = x.rank - 1; axis >= 0; axis--) {
    const rest = x.shape.filter((_, d) => d !== axis);
    if (rest.join() === want.join()) return { axes: axis, options: {} };
  }
  throw new Error(`config.dim is missing, and no axis of ${x.describe()} gives [${want.join(",")}]`);
}
