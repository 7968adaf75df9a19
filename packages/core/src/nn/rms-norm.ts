import { ones } from "../ops/fill.ts";
import { rmsNorm } from "../ops/rms-norm.ts";
import type { Tensor } from "../tensor.ts";
import type { InitOptions } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface RMSNormOptions extends InitOptions {
  /** Default 1e-6. */
  readonly eps?: number;
}

/**
 * Root mean square normalisation over the last dimension, with weight (ones at first).
 *
 * @see Zhang & Sennrich 2019, arXiv:1910.07467
 * @example new RMSNorm(2).forward(tensor([[1, 7]])); // => [[0.2, 1.4]]
 */
export class RMSNorm extends Module {
  readonly weight: Parameter;
  readonly eps: number;

  constructor(width: number, options: RMSNormOptions = {}) {
    super();
    const { eps = 1e-6, ...where } = options;
    this.weight = new Parameter(ones([width], where));
    this.eps = eps;
  }

  /**
   * @param x  `[..., width]`
   * @returns the shape of x
   */
  forward(x: Tensor): Tensor {
    return rmsNorm(x, this.weight, { eps: this.eps });
  }
}
