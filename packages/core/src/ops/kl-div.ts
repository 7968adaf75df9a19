import { widened } from "../autocast.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { div, mul, sub } from "./arithmetic.ts";
import { xlogy } from "./pointwise.ts";
import { sum } from "./reduce.ts";
import { type Reduction, reduceLoss } from "./reduction.ts";
import { exp } from "./unary.ts";

export interface KlDivOptions {
  /** "batchmean" divides the sum by the first size, as the formula has it. Default "mean": over all elements. */
  readonly reduction?: Reduction | "batchmean";
  /** Whether the target is given as log-probabilities. Default false. */
  readonly logTarget?: boolean;
}

/**
 * Kullback-Leibler divergence, `target (log target - input)`: how far log-probabilities are from a distribution.
 *
 * @param input  log-probabilities
 * @param target  probabilities, or log-probabilities
 * @see Kullback & Leibler 1951, On information and sufficiency
 * @example klDiv(tensor([Math.log(0.5)]), tensor([1]), { reduction: "sum" }); // => 0.6931
 */
export function klDiv(input: Tensor, target: Tensor, options: KlDivOptions = {}): Tensor {
  return tidy(() => {
    const { reduction = "mean", logTarget = false } = options;
    const [logQ, p] = widened(input, target);
    const loss = logTarget ? mul(exp(p), sub(p, logQ)) : sub(xlogy(p, p), mul(p, logQ));
    if (reduction === "batchmean") return div(sum(loss), loss.rank > 0 ? loss.shape[0] : 1);
    return reduceLoss("klDiv", loss, reduction);
  });
}
