import { widened } from "../autocast.ts";
import { requireFloat } from "../dtype.ts";
import { normalizeAxes } from "../layout.ts";
import { defineOp, runOne } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { div, mul, sub } from "./arithmetic.ts";
import { eq } from "./compare.ts";
import { fullLike } from "./fill.ts";
import { type Axes, mean, type ReduceOptions, sum } from "./reduce.ts";
import { sqrt, square } from "./unary.ts";
import { where } from "./where.ts";

export interface VarianceOptions extends ReduceOptions {
  /** What the number of elements is lessened by: 1 (default) for a sample, 0 for a population. */
  readonly correction?: number;
}

/**
 * `sum((x - mean)^2) / (n - correction)` over axes, in two passes; NaN where nothing is left of n.
 *
 * @example variance(tensor([1, 2, 3])); // => 1
 */
export function variance(x: Tensor, axes?: Axes, options: VarianceOptions = {}): Tensor {
  return tidy(() => {
    requireFloat("variance", x);
    const list = normalizeAxes("variance", axes, x.rank);
    const count = list.reduce((product, d) => product * x.shape[d], 1);
    const [wide] = widened(x);
    const centered = sub(wide, mean(wide, list, { keepDims: true }));
    return div(sum(square(centered), list, options), Math.max(0, count - (options.correction ?? 1)));
  });
}

const stdOfVarianceOp = defineOp<readonly [Tensor], Record<never, never>>("stdOfVariance", {
  infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
  compose: ([x]) => [sqrt(x)],
  saves: () => ({ outputs: [0] }),
  // Constant elements have the gradient 0, not 0/0.
  vjp: ({ grad, outputs: [y] }) => [where(eq(y, 0), fullLike(y, 0), div(mul(grad, 0.5), y))],
});

/**
 * Standard deviation over axes, the root of `variance`; its gradient is 0 where all elements are equal.
 *
 * @example std(tensor([1, 2, 3])); // => 1
 */
export function std(x: Tensor, axes?: Axes, options: VarianceOptions = {}): Tensor {
  return tidy(() => runOne(stdOfVarianceOp, [variance(x, axes, options)], {}));
}
