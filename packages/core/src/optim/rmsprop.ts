import { add, div, mul, sub } from "../ops/arithmetic.ts";
import { assign } from "../ops/in-place.ts";
import { sqrt, square } from "../ops/unary.ts";
import { type Algorithm, checkCommon, checkRange, type Hyperparameters } from "./algorithm.ts";
import { Optimizer } from "./optimizer.ts";
import type { OptimizerParameters } from "./parameter-groups.ts";
import type { Scheduled } from "./schedule.ts";

export interface RmspropHyperparameters extends Hyperparameters {
  /** Decay of the running mean of squares. Default 0.99. */
  readonly alpha: number;
  /** Added to the root. Default 1e-8. */
  readonly eps: number;
  /** Factor on the running sum of steps; 0 is none. Default 0. */
  readonly momentum: Scheduled;
  /** Divide by the standard deviation: subtract the square of the running mean. Default false. */
  readonly centered: boolean;
}

const rmsprop: Algorithm<RmspropHyperparameters> = {
  name: "RMSprop",
  defaults: {
    lr: 1e-2,
    alpha: 0.99,
    eps: 1e-8,
    weightDecay: 0,
    momentum: 0,
    centered: false,
    maximize: false,
  },
  check(hyper) {
    checkCommon("RMSprop", hyper);
    checkRange("RMSprop", "alpha", hyper.alpha, 0);
    checkRange("RMSprop", "eps", hyper.eps, 0);
    checkRange("RMSprop", "momentum", hyper.momentum, 0);
  },
  slots: ({ centered, momentum }) => [
    "squareAvg",
    ...(centered ? ["gradAvg"] : []),
    ...(momentum === 0 ? [] : ["momentumBuffer"]),
  ],
  update(context) {
    const { param, hyper } = context;
    const { alpha, eps, centered, momentum } = hyper;
    const g = context.regularizedDescent();
    const squares = context.slot("squareAvg");
    assign(squares, add(mul(squares, alpha), mul(square(g), 1 - alpha)));
    let variance = squares;
    if (centered) {
      const mean = context.slot("gradAvg");
      assign(mean, add(mul(mean, alpha), mul(g, 1 - alpha)));
      variance = sub(squares, square(mean));
    }
    let direction = div(g, add(sqrt(variance), eps));
    if (momentum !== 0) {
      const buffer = context.slot("momentumBuffer");
      assign(buffer, add(mul(buffer, context.value(momentum)), direction));
      direction = buffer;
    }
    assign(param, sub(param, mul(direction, context.value(hyper.lr))));
  },
};

/**
 * RMSprop, as in PyTorch: `v <- alpha v + (1 - alpha) g^2`, `param <- param - lr g / (sqrt(v) + eps)`.
 *
 * @see Tieleman & Hinton 2012, lecture 6.5; Graves 2013, arXiv:1308.0850 (centered)
 * @example
 * const w = tensor([1]);
 * new RMSprop([w], { lr: 0.01 }).step([tensor([5])]);
 * w; // => [0.9]
 */
export class RMSprop extends Optimizer<RmspropHyperparameters> {
  constructor(
    parameters: OptimizerParameters<RmspropHyperparameters>,
    options: Partial<RmspropHyperparameters> = {},
  ) {
    super(rmsprop, parameters, options);
  }
}
