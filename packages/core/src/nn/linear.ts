import { requireKey } from "../arguments.ts";
import type { ActivationName } from "../backend.ts";
import { linear } from "../ops/linear.ts";
import type { Key } from "../random/key.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import type { ForwardOptions } from "./dropout.ts";
import { type Initializer, type InitOptions, uniform } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface LinearOptions extends InitOptions {
  readonly key: Key;
  /** Default true. */
  readonly bias?: boolean;
  /** How the weight begins. Default: uniform in `±1/sqrt(in)`. */
  readonly weightInit?: Initializer;
  /** How the bias begins. Default: uniform in `±1/sqrt(in)`. */
  readonly biasInit?: Initializer;
}

/** A linear layer draws nothing: a key is there for layers beside it. */
export interface LinearForwardOptions extends ForwardOptions {
  readonly activation?: ActivationName;
}

/**
 * `x W^T + b`. W `[out, in]` and b `[out]` begin uniform in `±1/sqrt(in)`, as in PyTorch.
 *
 * @example
 * const layer = new Linear(4, 8, { key: new Key(0) });
 * layer.forward(ones([2, 4])).shape; // => [2, 8]
 */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, options: LinearOptions) {
    super();
    requireKey("Linear", options);
    const bound = inFeatures > 0 ? 1 / Math.sqrt(inFeatures) : 0;
    const standard: Initializer = (key, shape, where) => uniform(key, shape, bound, where);
    const { key, bias = true, weightInit = standard, biasInit = standard, ...where } = options;
    this.weight = new Parameter(tidy(() => weightInit(key.fold(0), [outFeatures, inFeatures], where)));
    this.bias = bias ? new Parameter(tidy(() => biasInit(key.fold(1), [outFeatures], where))) : null;
  }

  /**
   * @param x  `[..., in]`
   * @param options.activation  is applied to the result
   * @returns `[..., out]`
   */
  forward(x: Tensor, options: LinearForwardOptions = {}): Tensor {
    return linear(x, this.weight, this.bias, options.activation ?? null);
  }
}
