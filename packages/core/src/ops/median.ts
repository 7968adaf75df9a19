import { requireFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { normalizeAxis } from "../layout.ts";
import { defineOp, runOne } from "../op.ts";
import { tidy } from "../scope.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { argmax } from "./arg-reduce.ts";
import { div, mul } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { eq } from "./compare.ts";
import { gather } from "./gather.ts";
import { type ReduceOptions, sum } from "./reduce.ts";
import { reshape, squeeze } from "./reshape.ts";
import { narrow } from "./slice.ts";
import { sort, type ValuesAndIndices } from "./top-k.ts";
import { isNan } from "./unary.ts";
import { where } from "./where.ts";

/** Index of the median along an axis, which stays with size 1. */
function medianIndex(x: Tensor, axis: number): Tensor {
  const size = x.shape[axis];
  if (size === 0)
    throw new ShapeError(`median: no elements to choose from along axis ${axis} of ${x.describe()}`);
  return noGrad(() => {
    const middle = narrow(sort(x, axis).indices, axis, (size - 1) >> 1, 1);
    const extremum = argmax(x, axis, { keepDims: true }); // of a NaN, if there is one
    return where(isNan(gather(x, extremum, axis)), extremum, middle);
  });
}

/**
 * The middle element in order along an axis (the lower of two; NaN if there is one) and where it is; the gradient goes
 * to that element.
 *
 * @example medianWithIndices(tensor([3, 1, 2, 4]), 0).values; // => 2
 */
export function medianWithIndices(x: Tensor, axis: number, options: ReduceOptions = {}): ValuesAndIndices {
  return tidy(() => {
    const at = normalizeAxis("median", axis, x.rank);
    const indices = medianIndex(x, at);
    const values = gather(x, indices, at);
    return options.keepDims
      ? { values, indices }
      : { values: squeeze(values, at), indices: squeeze(indices, at) };
  });
}

const medianOp = defineOp<readonly [Tensor], Record<never, never>>("median", {
  infer: ([x]) => [{ dtype: x.dtype, shape: [] }],
  compose([x]) {
    const flat = reshape(x, [x.size]);
    return [reshape(gather(flat, medianIndex(flat, 0), 0), [])];
  },
  saves: () => ({ inputs: [0], outputs: [0] }),
  vjp({ grad, inputs: [x], outputs: [y] }) {
    const attained = cast(eq(x, y), x.dtype);
    return [mul(attained, div(grad, sum(attained)))];
  },
});

/**
 * The middle of all elements in order (the lower of two; NaN if there is one); equal elements share the gradient.
 *
 * @example median(tensor([[3, 1], [2, 4]])); // => 2
 */
export function median(x: Tensor): Tensor {
  requireFloat("median", x);
  return runOne(medianOp, [x], {});
}
