import type { Backend } from "../backend.ts";
import { linear } from "../ops/linear.ts";
import type { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { uniform } from "./init.ts";
import { Module } from "./module.ts";
import { Parameter } from "./parameter.ts";

export interface LinearOptions {
  readonly key: Key;
  /** Default true. */
  readonly bias?: boolean;
  readonly backend?: Backend;
}

/**
 * `x W^T + b`. W `[out, in]` and b `[out]` begin uniform in `±1/sqrt(in)`, as in PyTorch.
 *
 * @example
 * const layer = new Linear(4, 8, { key: new Key(0) });
 * const y = layer.forward(ones([2, 4])); // [2, 8]
 */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, options: LinearOptions) {
    super();
    const { key, bias = true, ...where } = options;
    const bound = inFeatures > 0 ? 1 / Math.sqrt(inFeatures) : 0;
    this.weight = new Parameter(uniform(key.fold(0), [outFeatures, inFeatures], bound, where));
    this.bias = bias ? new Parameter(uniform(key.fold(1), [outFeatures], bound, where)) : null;
  }

  /** @param x  `[..., in]` @returns `[..., out]` */
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
