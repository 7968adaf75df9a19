import { type AdamHyperparameters, adamAlgorithm } from "./adam-algorithm.ts";
import { Optimizer } from "./optimizer.ts";
import type { OptimizerParameters } from "./parameter-groups.ts";

const adamw = adamAlgorithm("AdamW", true, 1e-2);

/**
 * Adam with decoupled weight decay, as in PyTorch: `param <- (1 - lr weightDecay) param` beside Adam's step. Default
 * `weightDecay` 0.01.
 *
 * @see Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2
 * @example
 * const w = tensor([1]);
 * new AdamW([w], { lr: 0.1, weightDecay: 0.5 }).step([tensor([5])]);
 * w; // => [0.85]
 */
export class AdamW extends Optimizer<AdamHyperparameters> {
  constructor(
    parameters: OptimizerParameters<AdamHyperparameters>,
    options: Partial<AdamHyperparameters> = {},
  ) {
    super(adamw, parameters, options);
  }
}
