import { ones, zeros } from "../ops/fill.ts";
import { layerNorm } from "../ops/layer-norm.ts";
import type { Tensor } from "../tensor.ts";
import type { InitOptions } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface LayerNormOptions extends InitOptions {
  /** Default 1e-5. */
  readonly eps?: number;
  /** Default true. */
  readonly bias?: boolean;
}

/**
 * Layer normalisation over the last dimension(s), with weight (ones at first) and bias (zeros).
 *
 * @see Ba et al. 2016, arXiv:1607.06450
 * @example new LayerNorm(2).forward(tensor([[1, 3], [10, 20]])); // => [[-1, 1], [-1, 1]]
 */
export class LayerNorm extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly eps: number;

  constructor(normalizedShape: number | readonly number[], options: LayerNormOptions = {}) {
    super();
    const { eps = 1e-5, bias = true, ...where } = options;
    const shape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
    this.weight = new Parameter(ones(shape, where));
    this.bias = bias ? new Parameter(zeros(shape, where)) : null;
    this.eps = eps;
  }

  /**
   * @param x  `[..., *normalizedShape]`
   * @returns the shape of x
   */
  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight, this.bias, { eps: this.eps });
  }
}
