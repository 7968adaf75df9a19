import { requireFloat } from "../dtype.ts";
import { normalizeAxes } from "../layout.ts";
import { tidy } from "../scope.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { add, sub } from "./arithmetic.ts";
import { fullLike } from "./fill.ts";
import { type Axes, amax, type ReduceOptions, sum } from "./reduce.ts";
import { reshape } from "./reshape.ts";
import { exp, isInf, log } from "./unary.ts";
import { where } from "./where.ts";

/** The maximum over axes, constant to gradients; 0 where it is infinite, so that subtracting it gives no NaN. @internal */
export function safeMax(x: Tensor, axes: readonly number[]): Tensor {
  return noGrad(() => {
    if (axes.some((d) => x.shape[d] === 0)) return fullLike(sum(x, axes, { keepDims: true }), 0);
    const max = amax(x, axes, { keepDims: true });
    return where(isInf(max), fullLike(max, 0), max);
  });
}

/**
 * `log(sum(e^x))` over axes, without overflow; -inf for no elements.
 *
 * @example const total = logsumexp(tensor([1000, 1000])); // 1000 + log 2
 */
export function logsumexp(x: Tensor, axes?: Axes, options: ReduceOptions = {}): Tensor {
  return tidy(() => {
    requireFloat("logsumexp", x);
    const list = normalizeAxes("logsumexp", axes, x.rank);
    const shift = safeMax(x, list);
    const result = add(log(sum(exp(sub(x, shift)), list, { keepDims: true })), shift);
    return options.keepDims
      ? result
      : reshape(
          result,
          x.shape.filter((_, d) => !list.includes(d)),
        );
  });
}
