import { ArgumentError } from "../errors.ts";
import { add, mul, sub } from "../ops/arithmetic.ts";
import { copy } from "../ops/copy.ts";
import { assign } from "../ops/in-place.ts";
import { type Algorithm, checkCommon, checkRange, type Hyperparameters } from "./algorithm.ts";
import { Optimizer } from "./optimizer.ts";
import type { OptimizerParameters } from "./parameter-groups.ts";
import type { Scheduled } from "./schedule.ts";

export interface SgdHyperparameters extends Hyperparameters {
  /** Factor on the running sum of gradients; 0 is none. Default 0. */
  readonly momentum: Scheduled;
  /** What the running sum leaves out of each gradient but the first. Default 0. */
  readonly dampening: number;
  /** Look ahead along the running sum. Needs momentum and no dampening. Default false. */
  readonly nesterov: boolean;
}

const sgd: Algorithm<SgdHyperparameters> = {
  name: "SGD",
  defaults: { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false, maximize: false },
  check(hyper) {
    checkCommon("SGD", hyper);
    checkRange("SGD", "momentum", hyper.momentum, 0);
    if (hyper.nesterov && (hyper.momentum === 0 || hyper.dampening !== 0)) {
      const got = `got momentum ${hyper.momentum}, dampening ${hyper.dampening}`;
      throw new ArgumentError(`SGD: nesterov needs momentum and no dampening (${got})`);
    }
  },
  slots: ({ momentum }) => (momentum === 0 ? [] : ["momentumBuffer"]),
  update(context) {
    const { param, hyper } = context;
    let direction = context.regularizedDescent();
    if (hyper.momentum !== 0) {
      const momentum = context.value(hyper.momentum);
      const isFirst = !context.has("momentumBuffer");
      const buffer = context.slot("momentumBuffer", () => copy(direction));
      if (!isFirst) assign(buffer, add(mul(buffer, momentum), mul(direction, 1 - hyper.dampening)));
      direction = hyper.nesterov ? add(direction, mul(buffer, momentum)) : buffer;
    }
    assign(param, sub(param, mul(direction, context.value(hyper.lr))));
  },
};

/**
 * Stochastic gradient descent, as in PyTorch: `buffer <- momentum buffer + (1 - dampening) g` (the first gradient whole),
 * `param <- param - lr buffer`, with `g + momentum buffer` in its place for Nesterov's momentum.
 *
 * @see Sutskever et al. 2013, On the importance of initialization and momentum in deep learning
 * @example
 * const w = tensor([1]);
 * const optimizer = new SGD([w], { lr: 0.1, momentum: 0.9 });
 * for (let i = 0; i < 2; i++) optimizer.step([tensor([1])]);
 * w; // => [0.71]
 */
export class SGD extends Optimizer<SgdHyperparameters> {
  constructor(
    parameters: OptimizerParameters<SgdHyperparameters>,
    options: Partial<SgdHyperparameters> = {},
  ) {
    super(sgd, parameters, options);
  }
}
