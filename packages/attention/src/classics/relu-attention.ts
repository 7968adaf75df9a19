import { add, relu, reshape, ShapeError, type Tensor, tidy, unsqueeze } from "@saccade/core";
import { Linear } from "@saccade/core/nn";
import { tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { requireConfig } from "../shapes.ts";
import {
  type Attended,
  attendBy,
  type LayerOptions,
  type MemoryOptions,
  requireQueryAndKeys,
  ScoredAttention,
} from "./attended.ts";

/** Widths of ReLU-scored attention. */
export interface ReluAttentionConfig {
  /** Width of queries, and of values, which are added to them. */
  readonly queryDim: number;
  readonly keyDim: number;
  /** Default `keyDim`. */
  readonly attentionDim?: number;
}

/**
 * ReLU-scored attention with a residual: `e_ij = w . relu(W q_i + U k_j + b)`, `a_i = softmax(e_i)`,
 * `y_i = q_i + sum_j a_ij v_j`. Values have the query's width.
 *
 * No paper is known to have this name: it is our reading of it. Additive scores by a ReLU are those of public
 * implementations of image captioning; the residual is that of transformers. It is not attention whose *weights* are a
 * ReLU: here they are a softmax, and sum to 1.
 *
 * @see Xu et al. 2015, arXiv:1502.03044, for which public implementations score so (without the residual)
 * @example
 * const layer = new ReluAttention({ queryDim: 4, keyDim: 4 }, { key: new Key(0) });
 * layer.forward(ones([2, 3, 4]), ones([2, 5, 4])).context.slice(0, 0).array(); // => [2, 2, 2, 2]
 */
export class ReluAttention extends ScoredAttention {
  readonly queryProjection: Linear;
  readonly keyProjection: Linear;
  readonly scoreProjection: Linear;

  constructor(config: ReluAttentionConfig, { key, ...where }: LayerOptions) {
    super();
    const { queryDim, keyDim, attentionDim = keyDim } = config;
    requireConfig("ReluAttention", config, { queryDim, keyDim, attentionDim });
    this.queryProjection = new Linear(queryDim, attentionDim, { ...where, key: key.fold(0) });
    this.keyProjection = new Linear(keyDim, attentionDim, { ...where, key: key.fold(1), bias: false });
    this.scoreProjection = new Linear(attentionDim, 1, { ...where, key: key.fold(2), bias: false });
  }

  scores(query: Tensor, keys: Tensor): Tensor {
    requireQueryAndKeys("ReluAttention", query, keys);
    return tidy(() => {
      const q = unsqueeze(this.queryProjection.forward(query), 2);
      const k = unsqueeze(this.keyProjection.forward(keys), 1);
      const [B, T] = query.shape;
      return reshape(this.scoreProjection.forward(relu(add(q, k))), [B, T, keys.shape[1]]);
    });
  }

  /** @returns context `[B, T, Dq]`: the query itself where nothing may be attended to */
  forward(query: Tensor, keys: Tensor, options: MemoryOptions = {}): Attended {
    const { values = keys } = options;
    if (values.shape[2] !== query.shape[2]) {
      throw new ShapeError(
        `ReluAttention: values must have the query's width (got ${values.describe()}, ${query.describe()})`,
      );
    }
    return tidyAs(this, () => {
      const { context, weights } = attendBy("ReluAttention", this.scores(query, keys), keys, options);
      return { context: add(query, context), weights };
    });
  }
}
