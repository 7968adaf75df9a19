import { diag, matmul, ones, square, sub, sum, type Tensor, tidy, transpose } from "@saccade/core";
import { Linear, Module } from "@saccade/core/nn";
import { tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { requireConfig, requireShape } from "../shapes.ts";
import { type Attended, attendBy, type LayerOptions } from "./attended.ts";
import { type PoolingOptions, requirePooling } from "./context-pooling.ts";

/** Sizes of self-attentive pooling. */
export interface SelfAttentivePoolingConfig {
  readonly embedDim: number;
  /** Width d_a of the hidden layer; default `embedDim`. */
  readonly attentionDim?: number;
  /** Rows r of the result: ways to look at a sequence. */
  readonly hops: number;
}

/**
 * Self-attentive pooling, a sequence as a matrix of r rows: `A = softmax(W_s2 tanh(W_s1 H^T))`, `M = A H`.
 *
 * @see Lin et al. 2017, arXiv:1703.03130, section 2.1, equation 7 and those before it
 * @example
 * const pooling = new SelfAttentivePooling({ embedDim: 4, hops: 3 }, { key: new Key(0) });
 * const { context, weights } = pooling.forward(ones([2, 5, 4]));
 * [context.shape, weights.shape]; // => [[2, 3, 4], [2, 3, 5]]
 */
export class SelfAttentivePooling extends Module {
  readonly hiddenProjection: Linear;
  readonly scoreProjection: Linear;

  constructor(config: SelfAttentivePoolingConfig, { key, ...where }: LayerOptions) {
    super();
    const { embedDim, attentionDim = embedDim, hops } = config;
    requireConfig("SelfAttentivePooling", config, { embedDim, attentionDim, hops });
    this.hiddenProjection = new Linear(embedDim, attentionDim, { ...where, key: key.fold(0), bias: false });
    this.scoreProjection = new Linear(attentionDim, hops, { ...where, key: key.fold(1), bias: false });
  }

  /** @param x  `[B, T, D]` @returns context `[B, r, D]`, weights `[B, r, T]` */
  forward(x: Tensor, options: PoolingOptions = {}): Attended {
    return tidyAs(this, () => {
      const seen = requirePooling("SelfAttentivePooling", x, options);
      const scores = this.scoreProjection.forward(this.hiddenProjection.forward(x, { activation: "tanh" }));
      return attendBy("SelfAttentivePooling", transpose(scores), x, { mask: seen });
    });
  }
}

/**
 * How much the rows of weights repeat each other: `P = |A A^T - I|_F^2`, to be added to a loss.
 *
 * @param weights  A, `[B, r, T]`
 * @returns `[B]`
 * @see Lin et al. 2017, arXiv:1703.03130, section 2.2, equation 8
 * @example
 * redundancyPenalty(tensor([[[1, 0], [1, 0]], [[1, 0], [0, 1]]])).array(); // => [2, 0]
 */
export function redundancyPenalty(weights: Tensor): Tensor {
  requireShape("redundancyPenalty", "weights", weights, ["B", "r", "T"]);
  return tidy(() => {
    const { dtype, backend, shape } = weights;
    const one = diag(ones([shape[1]], { dtype, backend }));
    return sum(square(sub(matmul(weights, transpose(weights)), one)), [1, 2]);
  });
}
