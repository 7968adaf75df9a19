import { add, cumsum, minimum, permute, reshape, sub, sum, type Tensor, tidy, zeros } from "@saccade/core";
import { Linear, Module } from "@saccade/core/nn";
import { tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { requireConfig, requireShape } from "../shapes.ts";
import { type AdditiveAttentionConfig, additiveScores } from "./additive-attention.ts";
import {
  type Attended,
  attendBy,
  type LayerOptions,
  type MemoryOptions,
  requireQueryAndKeys,
} from "./attended.ts";

/** As additive attention gives it, and what is covered then. */
export interface Covered extends Attended {
  /** Sum of all weights so far, this step's included: `[B, 1, S]`. */
  readonly coverage: Tensor;
}

/**
 * How much attention goes where it has been: `sum_i sum_j min(a_ij, c_ij)`, `c_ij = sum_{i' < i} a_i'j`.
 *
 * @param weights  of all steps, `[B, T, S]`
 * @returns `[B]`
 * @see See et al. 2017, arXiv:1704.04368, section 2.3, Coverage mechanism: `covloss`, summed over steps
 * @example
 * coverageLoss(tensor([[[1, 0], [0.25, 0.75], [1, 0]]])).array(); // => [1.25]
 */
export function coverageLoss(weights: Tensor): Tensor {
  requireShape("coverageLoss", "weights", weights, ["B", "T", "S"]);
  return tidy(() => sum(minimum(weights, sub(cumsum(weights, 1), weights)), [1, 2]));
}

/**
 * Additive attention that knows what it has covered: `e_ij = v . tanh(W_h h_j + W_s q_i + w_c c_ij + b)`. One step of a
 * decoder at a time.
 *
 * @see See et al. 2017, arXiv:1704.04368, section 2.3, Coverage mechanism
 * @example
 * const layer = new CoverageAttention({ queryDim: 4, keyDim: 6 }, { key: new Key(0) });
 * const first = layer.forward(ones([2, 1, 4]), ones([2, 5, 6]), null);
 * const second = layer.forward(ones([2, 1, 4]), ones([2, 5, 6]), first.coverage);
 * second.coverage.sum(-1).array(); // => [[2], [2]]
 */
export class CoverageAttention extends Module {
  readonly queryProjection: Linear;
  readonly keyProjection: Linear;
  /** w_c: `[A, 1]` */
  readonly coverageProjection: Linear;
  readonly scoreProjection: Linear;

  constructor(config: Omit<AdditiveAttentionConfig, "bias">, { key, ...where }: LayerOptions) {
    super();
    const { queryDim, keyDim, attentionDim = keyDim } = config;
    requireConfig("CoverageAttention", config, { queryDim, keyDim, attentionDim });
    const linear = (index: number, from: number, to: number, bias: boolean): Linear =>
      new Linear(from, to, { ...where, key: key.fold(index), bias });
    this.queryProjection = linear(0, queryDim, attentionDim, true);
    this.keyProjection = linear(1, keyDim, attentionDim, false);
    this.coverageProjection = linear(2, 1, attentionDim, false);
    this.scoreProjection = linear(3, attentionDim, 1, false);
  }

  /**
   * @param query  `[B, 1, Dq]`
   * @param keys  `[B, S, Dk]`
   * @param coverage  of the step before, `[B, 1, S]`; null at the first, which is zeros
   */
  forward(query: Tensor, keys: Tensor, coverage: Tensor | null, options: MemoryOptions = {}): Covered {
    const owner = "CoverageAttention";
    requireQueryAndKeys(owner, query, keys);
    const [B, S] = keys.shape;
    requireShape(owner, "query", query, [B, 1, "Dq"]);
    if (coverage) requireShape(owner, "coverage", coverage, [B, 1, S]);
    return tidyAs(this, () => {
      const { dtype, backend } = query;
      const before = coverage ?? zeros([B, 1, S], { dtype, backend });
      const scores = additiveScores(
        this.queryProjection.forward(query),
        this.keyProjection.forward(keys),
        reshape(this.scoreProjection.weight, [-1]),
        this.coverageProjection.forward(permute(before, [0, 2, 1])),
      );
      const { context, weights } = attendBy(owner, scores, keys, options);
      return { context, weights, coverage: add(before, weights) };
    });
  }
}
