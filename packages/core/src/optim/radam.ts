import { add, div, mul, sub } from "../ops/arithmetic.ts";
import { assign } from "../ops/in-place.ts";
import { sqrt, square } from "../ops/unary.ts";
import { checkMoments } from "./adam-algorithm.ts";
import { type Algorithm, checkCommon, type Hyperparameters } from "./algorithm.ts";
import { Optimizer } from "./optimizer.ts";
import type { OptimizerParameters } from "./parameter-groups.ts";
import type { Scheduled } from "./schedule.ts";

export interface RAdamHyperparameters extends Hyperparameters {
  /** Decay of the running means of the gradient and of its square. Default [0.9, 0.999]. */
  readonly betas: readonly [Scheduled, number];
  /** Added to the root of the second mean. Default 1e-8. */
  readonly eps: number;
  /** Decay the parameter itself, as AdamW does. Default false. */
  readonly decoupledWeightDecay: boolean;
}

/** The rectification term at step t; null as long as the variance of the adaptive rate is intractable. */
function rectification(beta2: number, t: number): number | null {
  const limit = 2 / (1 - beta2) - 1;
  const length = limit - (2 * t * beta2 ** t) / (1 - beta2 ** t);
  if (length <= 5) return null;
  return Math.sqrt(((length - 4) * (length - 2) * limit) / ((limit - 4) * (limit - 2) * length));
}

const radam: Algorithm<RAdamHyperparameters> = {
  name: "RAdam",
  defaults: {
    lr: 1e-3,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weightDecay: 0,
    decoupledWeightDecay: false,
    maximize: false,
  },
  check(hyper) {
    checkCommon("RAdam", hyper);
    checkMoments("RAdam", hyper);
  },
  slots: () => ["expAvg", "expAvgSq"],
  update(context) {
    const { param, hyper, step } = context;
    const { betas, eps, weightDecay, decoupledWeightDecay } = hyper;
    const [lr, beta1, beta2] = [context.value(hyper.lr), context.value(betas[0]), betas[1]];
    const g = decoupledWeightDecay ? context.descent() : context.regularizedDescent();
    const [m, v] = [context.slot("expAvg"), context.slot("expAvgSq")];
    assign(m, add(mul(m, beta1), mul(g, 1 - beta1)));
    assign(v, add(mul(v, beta2), mul(square(g), 1 - beta2)));
    const unbiased = mul(m, lr / (1 - beta1 ** step));
    const rectified = rectification(beta2, step);
    const move =
      rectified === null
        ? unbiased
        : mul(div(unbiased, add(sqrt(v), eps)), Math.sqrt(1 - beta2 ** step) * rectified);
    assign(param, sub(decoupledWeightDecay ? mul(param, 1 - lr * weightDecay) : param, move));
  },
};

/**
 * Rectified Adam, as in PyTorch: plain momentum until the second mean has seen enough steps, then Adam's step times a
 * factor that rises to 1.
 *
 * @see Liu et al. 2020, arXiv:1908.03265, algorithm 2
 * @example
 * const w = tensor([1]);
 * new RAdam([w], { lr: 0.1 }).step([tensor([5])]);
 * w; // => [0.5]
 */
export class RAdam extends Optimizer<RAdamHyperparameters> {
  constructor(
    parameters: OptimizerParameters<RAdamHyperparameters>,
    options: Partial<RAdamHyperparameters> = {},
  ) {
    super(radam, parameters, options);
  }
}
