import { batchNorm } from "../ops/batch-norm.ts";
import { ones, zeros } from "../ops/fill.ts";
import { keep } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import type { InitOptions } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface BatchNormLayerOptions extends InitOptions {
  /** Default 1e-5. */
  readonly eps?: number;
  /** How far the running statistics move towards those of a batch. Default 0.1. */
  readonly momentum?: number;
}

/**
 * Normalises each channel: with the running statistics, or, in training, with those of the batch, towards which the
 * running ones move. PyTorch's BatchNorm1d, 2d and 3d.
 *
 * @see Ioffe & Szegedy 2015, arXiv:1502.03167
 * @example
 * const norm = new BatchNorm(1, { eps: 0 });
 * norm.forward(tensor([[1], [3]]), { training: true }); // => [[-1], [1]]
 * norm.runningMean; // => [0.2]
 * norm.runningVar; // => [1.1]
 */
export class BatchNorm extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly runningMean: Tensor;
  readonly runningVar: Tensor;
  readonly eps: number;
  readonly momentum: number;

  constructor(channels: number, options: BatchNormLayerOptions = {}) {
    super();
    const { eps = 1e-5, momentum = 0.1, ...where } = options;
    this.weight = new Parameter(ones([channels], where));
    this.bias = new Parameter(zeros([channels], where));
    this.runningMean = keep(zeros([channels], where));
    this.runningVar = keep(ones([channels], where));
    this.eps = eps;
    this.momentum = momentum;
  }

  /**
   * @param x  `[N, channels, ...]`
   * @param options.training  by the statistics of the batch; default false. Not inside `checkpoint`, which would move
   *   the running ones twice
   * @returns the shape of x
   */
  forward(x: Tensor, options: { readonly training?: boolean } = {}): Tensor {
    const { weight, bias, runningMean, runningVar, eps, momentum } = this;
    const { training = false } = options;
    return batchNorm(x, { weight, bias, runningMean, runningVar, eps, momentum, training });
  }
}
