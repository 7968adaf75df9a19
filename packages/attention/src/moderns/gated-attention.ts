import { mul, sigmoid, type Tensor, tidy } from "@saccade/core";
import { Linear, Module } from "@saccade/core/nn";
import type { LayerOptions } from "../classics/attended.ts";
import { attention } from "../scaled-dot-product/attention.ts";
import { tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { type AttentionSpec, refuseLogSumExp } from "../scaled-dot-product/attention-spec.ts";
import { requireShape } from "../shapes.ts";
import { type PlacedHeadsConfig, ProjectedHeads, splitHeads } from "./projected-heads.ts";

/**
 * Attention whose output passes a gate: `attention(q, k, v) sigmoid(g)`, elementwise. Fused where `attention` is.
 *
 * @param gate  g, broadcasting to `[B, H, T, Ev]`: one number for each element, or `[B, H, T, 1]` for each head
 * @see Qiu et al. 2025, arXiv:2505.06708, section 2.2, equation 5, at the place G1
 * @example
 * const x = ones([1, 2, 3, 4]);
 * gatedAttention(x, x, x, zeros([1, 2, 3, 1])).slice(0, 0, 0).array(); // => [0.5, 0.5, 0.5, 0.5]
 */
export function gatedAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  gate: Tensor,
  spec: AttentionSpec = {},
): Tensor {
  refuseLogSumExp("gatedAttention", spec);
  return tidy(() => {
    const out = attention(q, k, v, spec);
    const [B, H, T, Ev] = out.shape;
    requireShape("gatedAttention", "gate", gate, [B, H, T, gate.shape[3] === 1 ? 1 : Ev]);
    return mul(out, sigmoid(gate));
  });
}

/**
 * A layer of attention whose heads are gated by the input, `g = W_g x`, before they are merged.
 *
 * @see Qiu et al. 2025, arXiv:2505.06708, section 2.2: gate G1, of each head its own
 * @example
 * const layer = new GatedAttention({ embedDim: 8, numHeads: 2 }, { key: new Key(0) });
 * layer.forward(ones([2, 5, 8]), { causal: true }).shape; // => [2, 5, 8]
 */
export class GatedAttention extends Module {
  readonly heads: ProjectedHeads;
  readonly gateProjection: Linear;

  /** @param config.headwise  one gate for each head, not for each element; default false */
  constructor(
    { headwise = false, ...config }: PlacedHeadsConfig & { readonly headwise?: boolean },
    options: LayerOptions,
  ) {
    super();
    this.heads = new ProjectedHeads("GatedAttention", config, options, 1);
    const { key, ...where } = options;
    const gates = headwise ? config.numHeads : config.embedDim;
    this.gateProjection = new Linear(config.embedDim, gates, { ...where, key: key.fold(4), bias: false });
  }

  /** @param x  `[B, T, D]` @returns `[B, T, D]` */
  forward(x: Tensor, spec: AttentionSpec = {}): Tensor {
    return tidyAs(this, () => {
      const placed = this.heads.place(x, spec);
      const { q, k, v } = placed.heads;
      const gate = splitHeads(this.gateProjection.forward(x), this.heads.numHeads);
      return this.heads.merge(gatedAttention(q, k, v, gate, placed.spec));
    });
  }
}
