import { add, matmul, reshape, type Tensor, tanh, tidy, unsqueeze } from "@saccade/core";
import { Linear } from "@saccade/core/nn";
import { tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { requireConfig, requireShape } from "../shapes.ts";
import {
  type Attended,
  attendBy,
  type LayerOptions,
  type MemoryOptions,
  requireQueryAndKeys,
  ScoredAttention,
} from "./attended.ts";

/**
 * Additive scores: `e_ij = v . tanh(q_i + k_j [+ f_j])`, queries and keys projected to one width before.
 *
 * @param query  `[B, T, A]`
 * @param keys  `[B, S, A]`
 * @param vector  v, `[A]`
 * @param features  what else is known of each key, `[B, S, A]`: where attention was before
 * @returns `[B, T, S]`; takes memory for `[B, T, S, A]`
 * @throws ShapeError
 * @see Bahdanau et al. 2015, arXiv:1409.0473, appendix A.1.2
 * @example
 * const [query, keys] = [zeros([1, 1, 2]), tensor([[[0, 0], [Math.log(2), 0]]])];
 * additiveScores(query, keys, ones([2])).array(); // => [[[0, 0.6]]]
 */
export function additiveScores(
  query: Tensor,
  keys: Tensor,
  vector: Tensor,
  features: Tensor | null = null,
): Tensor {
  const owner = "additiveScores";
  requireQueryAndKeys(owner, query, keys);
  const [B, T, A] = query.shape;
  const S = keys.shape[1];
  requireShape(owner, "keys", keys, [B, S, A]);
  requireShape(owner, "vector", vector, [A]);
  if (features) requireShape(owner, "features", features, [B, S, A]);
  return tidy(() => {
    const known = features ? add(keys, features) : keys;
    const hidden = tanh(add(unsqueeze(query, 2), unsqueeze(known, 1))); // [B, T, S, A]
    return reshape(matmul(hidden, unsqueeze(vector, 1)), [B, T, S]);
  });
}

/** Widths of additive attention. */
export interface AdditiveAttentionConfig {
  readonly queryDim: number;
  readonly keyDim: number;
  /** Width in which queries meet keys. Default `keyDim`. */
  readonly attentionDim?: number;
  /** A bias on the query's projection. Default false. */
  readonly bias?: boolean;
}

/**
 * Bahdanau's attention: `e_ij = v . tanh(W q_i + U k_j)`, `a_i = softmax(e_i)`, `c_i = sum_j a_ij v_j`.
 *
 * @see Bahdanau et al. 2015, arXiv:1409.0473, equations 5 and 6
 * @example
 * const layer = new AdditiveAttention({ queryDim: 4, keyDim: 6 }, { key: new Key(0) });
 * const { context, weights } = layer.forward(ones([2, 1, 4]), ones([2, 5, 6]));
 * context.shape; // => [2, 1, 6]
 * weights.sum(-1).array(); // => [[1], [1]]
 */
export class AdditiveAttention extends ScoredAttention {
  readonly queryProjection: Linear;
  readonly keyProjection: Linear;
  readonly scoreProjection: Linear;

  constructor(config: AdditiveAttentionConfig, options: LayerOptions) {
    super();
    const { queryDim, keyDim, attentionDim = keyDim, bias = false } = config;
    requireConfig("AdditiveAttention", config, { queryDim, keyDim, attentionDim }, "bias");
    const { key, ...where } = options;
    this.queryProjection = new Linear(queryDim, attentionDim, { ...where, key: key.fold(0), bias });
    this.keyProjection = new Linear(keyDim, attentionDim, { ...where, key: key.fold(1), bias: false });
    this.scoreProjection = new Linear(attentionDim, 1, { ...where, key: key.fold(2), bias: false });
  }

  scores(query: Tensor, keys: Tensor): Tensor {
    requireQueryAndKeys("AdditiveAttention", query, keys);
    return tidy(() =>
      additiveScores(
        this.queryProjection.forward(query),
        this.keyProjection.forward(keys),
        reshape(this.scoreProjection.weight, [-1]),
      ),
    );
  }

  forward(query: Tensor, keys: Tensor, options: MemoryOptions = {}): Attended {
    return tidyAs(this, () => attendBy("AdditiveAttention", this.scores(query, keys), keys, options));
  }
}
