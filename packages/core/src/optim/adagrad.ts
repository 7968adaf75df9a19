import { add, div, mul, sub } from "../ops/arithmetic.ts";
import { fullLike } from "../ops/fill.ts";
import { assign } from "../ops/in-place.ts";
import { sqrt, square } from "../ops/unary.ts";
import { type Algorithm, checkCommon, checkRange, type Hyperparameters } from "./algorithm.ts";
import { Optimizer } from "./optimizer.ts";
import type { OptimizerParameters } from "./parameter-groups.ts";

export interface AdagradHyperparameters extends Hyperparameters {
  /** The learning rate at step t (from 1) is `lr / (1 + (t - 1) lrDecay)`. Default 0. */
  readonly lrDecay: number;
  /** Where the sum of squares begins. Default 0. */
  readonly initialAccumulatorValue: number;
  /** Added to the root. Default 1e-10. */
  readonly eps: number;
}

const adagrad: Algorithm<AdagradHyperparameters> = {
  name: "Adagrad",
  defaults: {
    lr: 1e-2,
    lrDecay: 0,
    weightDecay: 0,
    initialAccumulatorValue: 0,
    eps: 1e-10,
    maximize: false,
  },
  check(hyper) {
    checkCommon("Adagrad", hyper);
    checkRange("Adagrad", "lrDecay", hyper.lrDecay, 0);
    checkRange("Adagrad", "initialAccumulatorValue", hyper.initialAccumulatorValue, 0);
    checkRange("Adagrad", "eps", hyper.eps, 0);
  },
  slots: () => ["sum"],
  update(context) {
    const { param, hyper, step } = context;
    const g = context.regularizedDescent();
    const total = context.slot("sum", () => fullLike(param, hyper.initialAccumulatorValue));
    assign(total, add(total, square(g)));
    const lr = context.value(hyper.lr) / (1 + (step - 1) * hyper.lrDecay);
    assign(param, sub(param, mul(div(g, add(sqrt(total), hyper.eps)), lr)));
  },
};

/**
 * Adagrad, as in PyTorch: `sum <- sum + g^2`, `param <- param - lr g / (sqrt(sum) + eps)`.
 *
 * @see Duchi et al. 2011, Adaptive subgradient methods for online learning and stochastic optimization
 * @example
 * const w = tensor([1]);
 * new Adagrad([w], { lr: 0.1 }).step([tensor([5])]);
 * w; // => [0.9]
 */
export class Adagrad extends Optimizer<AdagradHyperparameters> {
  constructor(
    parameters: OptimizerParameters<AdagradHyperparameters>,
    options: Partial<AdagradHyperparameters> = {},
  ) {
    super(adagrad, parameters, options);
  }
}
