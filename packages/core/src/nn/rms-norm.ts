import type { Backend } from "../backend.ts";
import { ones } from "../ops/fill.ts";
import { rmsNorm } from "../ops/rms-norm.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

/**
 * Root mean square normalisation over the last dimension, with weight (ones at first).
 *
 * @see Zhang & Sennrich 2019, arXiv:1910.07467
 * @example const y = new RMSNorm(8).forward(rand(new Key(0), [2, 8]));
 */
export class RMSNorm extends Module {
  readonly weight: Parameter;
  readonly eps: number;

  constructor(width: number, options: { readonly eps?: number; readonly backend?: Backend } = {}) {
    super();
    const { eps = 1e-6, ...where } = options;
    this.weight = new Parameter(ones([width], where));
    this.eps = eps;
  }

  /** @param x  `[..., width]` @returns the shape of x */
  forward(x: Tensor): Tensor {
    return rmsNorm(x, this.weight, { eps: this.eps });
  }
}
