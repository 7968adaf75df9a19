import { ShapeError } from "../errors.ts";
import { normalizeAxis } from "../layout.ts";
import { defineOp, required, runOne } from "../op.ts";
import { scoped, tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { gather } from "./gather.ts";
import type { ReduceOptions } from "./reduce.ts";
import { flatten, reshape, squeeze } from "./reshape.ts";
import type { ValuesAndIndices } from "./top-k.ts";

interface ArgAttrs {
  readonly op: "max" | "min";
  readonly axis: number;
}

const argReduceOp = defineOp<readonly [Tensor], ArgAttrs>("argReduce", {
  infer([x], { op, axis }) {
    if (x.shape[axis] === 0)
      throw new ShapeError(`arg${op}: no elements to choose from along axis ${axis} of ${x.describe()}`);
    return [{ dtype: "i32", shape: x.shape.map((size, d) => (d === axis ? 1 : size)) }];
  },
  kernel: required("argReduce"),
  differentiable: false,
});

function runArg(op: "max" | "min", x: Tensor, axis: number | undefined, options: ReduceOptions): Tensor {
  return scoped(() => {
    const source = axis === undefined || x.rank === 0 ? flatten(x) : x;
    const at = axis === undefined ? 0 : normalizeAxis(`arg${op}`, axis, source.rank);
    const index = runOne(argReduceOp, [source], { op, axis: at });
    if (axis === undefined) return reshape(index, options.keepDims ? x.shape.map(() => 1) : []);
    return options.keepDims ? index : squeeze(index, at);
  });
}

/** Index (i32) of the largest element along an axis, or in row-major order; the first of equals; NaN counts as largest. */
export function argmax(x: Tensor, axis?: number, options: ReduceOptions = {}): Tensor {
  return runArg("max", x, axis, options);
}

/** Index (i32) of the smallest element along an axis, or in row-major order; the first of equals; NaN counts as smallest. */
export function argmin(x: Tensor, axis?: number, options: ReduceOptions = {}): Tensor {
  return runArg("min", x, axis, options);
}

function pick(op: "max" | "min", x: Tensor, axis: number, options: ReduceOptions): ValuesAndIndices {
  return tidy(() => {
    const indices = runArg(op, x, axis, { keepDims: true });
    const values = gather(x, indices, axis);
    return options.keepDims
      ? { values, indices }
      : { values: squeeze(values, axis), indices: squeeze(indices, axis) };
  });
}

/** Largest elements along an axis and where they are; the gradient goes to that element alone (unlike `amax`). */
export function maxWithIndices(x: Tensor, axis: number, options: ReduceOptions = {}): ValuesAndIndices {
  return pick("max", x, axis, options);
}

/** Smallest elements along an axis and where they are; the gradient goes to that element alone (unlike `amin`). */
export function minWithIndices(x: Tensor, axis: number, options: ReduceOptions = {}): ValuesAndIndices {
  return pick("min", x, axis, options);
}
