import { add, div, mul, sub } from "../ops/arithmetic.ts";
import { assign } from "../ops/in-place.ts";
import { sqrt, square } from "../ops/unary.ts";
import { type Algorithm, checkCommon, checkRange, type Hyperparameters } from "./algorithm.ts";
import { Optimizer } from "./optimizer.ts";
import type { OptimizerParameters } from "./parameter-groups.ts";

export interface AdadeltaHyperparameters extends Hyperparameters {
  /** Decay of the running means of squares. Default 0.9. */
  readonly rho: number;
  /** Added to both means under the roots. Default 1e-6. */
  readonly eps: number;
}

const adadelta: Algorithm<AdadeltaHyperparameters> = {
  name: "Adadelta",
  defaults: { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0, maximize: false },
  check(hyper) {
    checkCommon("Adadelta", hyper);
    checkRange("Adadelta", "rho", hyper.rho, 0, 1);
    checkRange("Adadelta", "eps", hyper.eps, 0);
  },
  slots: () => ["squareAvg", "accDelta"],
  update(context) {
    const { param, hyper } = context;
    const { rho, eps } = hyper;
    const g = context.regularizedDescent();
    const [squares, deltas] = [context.slot("squareAvg"), context.slot("accDelta")];
    assign(squares, add(mul(squares, rho), mul(square(g), 1 - rho)));
    const delta = mul(div(sqrt(add(deltas, eps)), sqrt(add(squares, eps))), g);
    assign(deltas, add(mul(deltas, rho), mul(square(delta), 1 - rho)));
    assign(param, sub(param, mul(delta, context.value(hyper.lr))));
  },
};

/**
 * Adadelta, as in PyTorch: steps of `sqrt(d + eps) / sqrt(v + eps) g`, with d and v the running means of squared steps
 * and squared gradients.
 *
 * @see Zeiler 2012, arXiv:1212.5701, algorithm 1
 * @example
 * const w = tensor([1]);
 * new Adadelta([w], { eps: 0.01, rho: 0.75 }).step([tensor([5])]);
 * w; // => [0.8002]
 */
export class Adadelta extends Optimizer<AdadeltaHyperparameters> {
  constructor(
    parameters: OptimizerParameters<AdadeltaHyperparameters>,
    options: Partial<AdadeltaHyperparameters> = {},
  ) {
    super(adadelta, parameters, options);
  }
}
