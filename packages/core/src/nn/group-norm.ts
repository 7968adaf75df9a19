import { ones, zeros } from "../ops/fill.ts";
import { groupNorm } from "../ops/group-norm.ts";
import type { Tensor } from "../tensor.ts";
import type { InitOptions } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface GroupNormOptions extends InitOptions {
  /** Default 1e-5. */
  readonly eps?: number;
}

/**
 * Normalises groups of channels of each sample, with weight (ones at first) and bias (zeros) per channel.
 *
 * @see Wu & He 2018, arXiv:1803.08494
 * @example new GroupNorm(2, 4).forward(tensor([[1, 3, 5, 5]])); // => [[-1, 1, 0, 0]]
 */
export class GroupNorm extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly groups: number;
  readonly eps: number;

  constructor(groups: number, channels: number, options: GroupNormOptions = {}) {
    super();
    const { eps = 1e-5, ...where } = options;
    this.weight = new Parameter(ones([channels], where));
    this.bias = new Parameter(zeros([channels], where));
    this.groups = groups;
    this.eps = eps;
  }

  /**
   * @param x  `[N, channels, ...]`
   * @returns the shape of x
   */
  forward(x: Tensor): Tensor {
    return groupNorm(x, this.groups, this.weight, this.bias, { eps: this.eps });
  }
}
