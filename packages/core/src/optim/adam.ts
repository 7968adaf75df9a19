import { type AdamHyperparameters, adamAlgorithm } from "./adam-algorithm.ts";
import { Optimizer } from "./optimizer.ts";
import type { OptimizerParameters } from "./parameter-groups.ts";

const adam = adamAlgorithm("Adam", false, 0);

/**
 * Adam, as in PyTorch: `param <- param - lr m^ / (sqrt(v^) + eps)`, with m^ and v^ the running means of the gradient and
 * of its square, without their bias towards 0. `weightDecay` is L2 regularisation: it is part of the gradient.
 *
 * @see Kingma & Ba 2015, arXiv:1412.6980, algorithm 1
 * @example
 * const w = tensor([1]);
 * new Adam([w], { lr: 0.1 }).step([tensor([5])]);
 * w; // => [0.9]
 */
export class Adam extends Optimizer<AdamHyperparameters> {
  constructor(
    parameters: OptimizerParameters<AdamHyperparameters>,
    options: Partial<AdamHyperparameters> = {},
  ) {
    super(adam, parameters, options);
  }
}
