import type { Backend } from "../backend.ts";
import { ones, zeros } from "../ops/fill.ts";
import { layerNorm } from "../ops/layer-norm.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface LayerNormOptions {
  /** Default 1e-5. */
  readonly eps?: number;
  /** Default true. */
  readonly bias?: boolean;
  readonly backend?: Backend;
}

/**
 * Layer normalisation over the last dimension(s), with weight (ones at first) and bias (zeros).
 *
 * @see Ba et al. 2016, arXiv:1607.06450
 * @example const y = new LayerNorm(8).forward(rand(new Key(0), [2, 8]));
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

  /** @param x  `[..., *normalizedShape]` @returns the shape of x */
  forward(x: Tensor): Tensor {
    return layerNorm(x, this.weight, this.bias, { eps: this.eps });
  }
}
