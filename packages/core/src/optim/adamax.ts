import { add, div, mul, sub } from "../ops/arithmetic.ts";
import { maximum } from "../ops/binary-math.ts";
import { assign } from "../ops/in-place.ts";
import { abs } from "../ops/unary.ts";
import { checkMoments } from "./adam-algorithm.ts";
import { type Algorithm, checkCommon, type Hyperparameters } from "./algorithm.ts";
import { Optimizer } from "./optimizer.ts";
import type { OptimizerParameters } from "./parameter-groups.ts";
import type { Scheduled } from "./schedule.ts";

export interface AdamaxHyperparameters extends Hyperparameters {
  /** Decay of the running mean and of the running maximum. Default [0.9, 0.999]. */
  readonly betas: readonly [Scheduled, number];
  /** Added to the size of the gradient. Default 1e-8. */
  readonly eps: number;
}

const adamax: Algorithm<AdamaxHyperparameters> = {
  name: "Adamax",
  defaults: { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, maximize: false },
  check(hyper) {
    checkCommon("Adamax", hyper);
    checkMoments("Adamax", hyper);
  },
  slots: () => ["expAvg", "expInf"],
  update(context) {
    const { param, hyper, step } = context;
    const [beta1, beta2] = [context.value(hyper.betas[0]), hyper.betas[1]];
    const g = context.regularizedDescent();
    const [m, norm] = [context.slot("expAvg"), context.slot("expInf")];
    assign(m, add(mul(m, beta1), mul(g, 1 - beta1)));
    assign(norm, maximum(mul(norm, beta2), add(abs(g), hyper.eps)));
    assign(param, sub(param, mul(div(m, norm), context.value(hyper.lr) / (1 - beta1 ** step))));
  },
};

/**
 * Adamax, as in PyTorch: Adam with the infinity norm, `u <- max(beta2 u, |g| + eps)`, `param <- param - lr m^ / u`.
 *
 * @see Kingma & Ba 2015, arXiv:1412.6980, algorithm 2
 * @example
 * const w = tensor([1]);
 * new Adamax([w], { lr: 0.1 }).step([tensor([5])]);
 * w; // => [0.9]
 */
export class Adamax extends Optimizer<AdamaxHyperparameters> {
  constructor(
    parameters: OptimizerParameters<AdamaxHyperparameters>,
    options: Partial<AdamaxHyperparameters> = {},
  ) {
    super(adamax, parameters, options);
  }
}
