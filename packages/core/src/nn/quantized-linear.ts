import { type QuantizedWeight, type QuantizeOptions, quantize } from "../ops/quantize.ts";
import { quantizedLinear } from "../ops/quantized-linear.ts";
import { keep, tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import type { Linear, LinearForwardOptions } from "./linear.ts";
import { Module } from "./module.ts";
import type { Parameter } from "./parameter.ts";

/**
 * A linear layer whose weight is in codes of 4 or 8 bits: for inference, or to train something before it.
 *
 * @example
 * using layer = new QuantizedLinear(new Linear(32, 2, { key: new Key(0) }), { bits: 8 });
 * layer.forward(ones([1, 32])).shape; // => [1, 2]
 */
export class QuantizedLinear extends Module {
  readonly codes: Tensor;
  readonly scales: Tensor;
  readonly bias: Parameter | null;
  readonly bits: QuantizedWeight["bits"];

  /** @param layer  whose bias becomes this layer's; its weight stays as it is */
  constructor(layer: Linear, options: QuantizeOptions) {
    super();
    const { codes, scales, bits } = tidy(() => quantize(layer.weight, options));
    this.codes = keep(codes);
    this.scales = keep(scales);
    this.bias = layer.bias;
    this.bits = bits;
  }

  /**
   * @param x  `[..., in]`
   * @param options.activation  is applied to the result
   * @returns `[..., out]`
   */
  forward(x: Tensor, { activation }: LinearForwardOptions = {}): Tensor {
    return quantizedLinear(x, this, this.bias, activation ?? null);
  }
}
