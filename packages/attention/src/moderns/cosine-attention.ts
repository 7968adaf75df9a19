import { ArgumentError, full, mul, normalize, reshape, type Tensor, tidy } from "@saccade/core";
import { Module, Parameter } from "@saccade/core/nn";
import type { LayerOptions } from "../classics/attended.ts";
import { attention } from "../scaled-dot-product/attention.ts";
import { tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { type AttentionSpec, refuseLogSumExp } from "../scaled-dot-product/attention-spec.ts";
import { requireShape } from "../shapes.ts";
import { type PlacedHeadsConfig, ProjectedHeads } from "./projected-heads.ts";

/** As of `attention`; the temperature is the scale. */
export type CosineSpec = Omit<AttentionSpec, "scale">;

/**
 * Cosine attention, or QK-norm: `softmax(g cos(q_i, k_j)) v`. Fused where `attention` is.
 *
 * @param temperature  g, a number or `[H]`, which has a gradient
 * @see Henry et al. 2020, arXiv:2010.04245, section 3; Liu et al. 2022, arXiv:2111.09883, equation 2, whose tau is `1/g`
 * @example
 * const x = ones([1, 2, 3, 4]);
 * cosineAttention(x, x, x, 10, { causal: true }).shape; // => [1, 2, 3, 4]
 */
export function cosineAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  temperature: Tensor | number,
  spec: CosineSpec = {},
): Tensor {
  if ("scale" in spec) throw new ArgumentError("cosineAttention: takes no scale: it is the temperature");
  refuseLogSumExp("cosineAttention", spec);
  return tidy(() => {
    const unit = normalize(q, 2, -1);
    if (typeof temperature === "number") {
      return attention(unit, normalize(k, 2, -1), v, { ...spec, scale: temperature });
    }
    requireShape("cosineAttention", "temperature", temperature, [q.shape[1]]);
    const warm = mul(unit, reshape(temperature, [-1, 1, 1]));
    return attention(warm, normalize(k, 2, -1), v, { ...spec, scale: 1 });
  });
}

/**
 * A layer of cosine attention, with a learned temperature for each head. Henry et al. have a learned scalar, which begins at
 * `log2(L^2 - L)`, L being longer than 97.5 % of the sequences: `temperature` takes that.
 *
 * @see Henry et al. 2020, arXiv:2010.04245, section 3
 * @example
 * const layer = new CosineAttention({ embedDim: 8, numHeads: 2 }, { key: new Key(0) });
 * layer.forward(ones([2, 5, 8]), { causal: true }).shape; // => [2, 5, 8]
 */
export class CosineAttention extends Module {
  readonly heads: ProjectedHeads;
  /** g: `[H]` */
  readonly temperature: Parameter;

  /** @param config.temperature  where g begins; default 10, as 1/tau does in Swin Transformer V2's code */
  constructor(
    { temperature = 10, ...config }: PlacedHeadsConfig & { readonly temperature?: number },
    options: LayerOptions,
  ) {
    super();
    this.heads = new ProjectedHeads("CosineAttention", config, options, 1);
    const { key: _, ...where } = options;
    this.temperature = new Parameter(full([config.numHeads], temperature, where));
  }

  /** @param x  `[B, T, D]` @returns `[B, T, D]` */
  forward(x: Tensor, spec: CosineSpec = {}): Tensor {
    return tidyAs(this, () => {
      const placed = this.heads.place(x, spec);
      const { q, k, v } = placed.heads;
      return this.heads.merge(cosineAttention(q, k, v, this.temperature, placed.spec));
    });
  }
}
