import {
  add,
  diag,
  einsum,
  matmul,
  mul,
  ones,
  softmax,
  type Tensor,
  tidy,
  transpose,
  where,
} from "@saccade/core";
import { init, Module, Parameter } from "@saccade/core/nn";
import type { LayerOptions } from "../classics/attended.ts";
import { showWeights, tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { requireShape } from "../shapes.ts";
import { type HeadsConfig, ProjectedHeads } from "./projected-heads.ts";
import { requireHeads, type ScoreOptions, scaleOf, seenBy } from "./score-mask.ts";

/** How heads talk. */
export interface TalkingHeadsMixers {
  /** P_l, of scores before the softmax: `[H, H]`. */
  readonly scores: Tensor;
  /** P_w, of weights behind it: `[H, H]`. */
  readonly weights: Tensor;
}

/**
 * Talking-heads attention: scores and weights are mixed across heads, `J = scale Q K^T`, `L = J P_l`,
 * `W = softmax(L)`, `U = W P_w`, `O = U V`. Takes memory for `[B, H, T, S]`.
 *
 * @param q  `[B, H, T, E]`; k `[B, H, S, E]`; v `[B, H, S, Ev]`
 * @returns `[B, H, T, Ev]`
 * @see Shazeer et al. 2020, arXiv:2003.02436
 * @example
 * const x = ones([1, 2, 3, 4]);
 * const one = tensor([[1, 0], [0, 1]]);
 * talkingHeads(x, x, x, { scores: one, weights: one }, { causal: true }).shape; // => [1, 2, 3, 4]
 */
export function talkingHeads(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mixers: TalkingHeadsMixers,
  options: ScoreOptions = {},
): Tensor {
  requireHeads("talkingHeads", q, k, v);
  const H = q.shape[1];
  requireShape("talkingHeads", "scores", mixers.scores, [H, H]);
  requireShape("talkingHeads", "weights", mixers.weights, [H, H]);
  return tidy(() => {
    const scores = mul(matmul(q, transpose(k)), scaleOf(q, options.scale));
    const mixed = einsum("bhts,hg->bgts", scores, mixers.scores);
    const seen = seenBy("talkingHeads", options, [q.shape[2], k.shape[2]], q.backend);
    const weights = softmax(seen ? where(seen, mixed, Number.NEGATIVE_INFINITY) : mixed, -1);
    const spoken = einsum("bhts,hg->bgts", weights, mixers.weights);
    showWeights(() => spoken);
    return matmul(spoken, v);
  });
}

/**
 * A layer of talking heads. Mixers begin as the identity, with noise of deviation 0.1.
 *
 * @see Shazeer et al. 2020, arXiv:2003.02436
 * @example
 * const layer = new TalkingHeadsAttention({ embedDim: 8, numHeads: 2 }, { key: new Key(0) });
 * layer.forward(ones([2, 5, 8]), { causal: true }).shape; // => [2, 5, 8]
 */
export class TalkingHeadsAttention extends Module {
  readonly heads: ProjectedHeads;
  readonly scoreMixer: Parameter;
  readonly weightMixer: Parameter;

  constructor(config: HeadsConfig, options: LayerOptions) {
    super();
    this.heads = new ProjectedHeads("TalkingHeadsAttention", config, options);
    const { key, ...where } = options;
    const { numHeads: H } = config;
    const mixer = (index: number): Parameter =>
      new Parameter(
        tidy(() => add(diag(ones([H], where)), init.normal(key.fold(index), [H, H], 0.1, where))),
      );
    this.scoreMixer = mixer(4);
    this.weightMixer = mixer(5);
  }

  /** @param x  `[B, T, D]` @returns `[B, T, D]` */
  forward(x: Tensor, options: ScoreOptions = {}): Tensor {
    return tidyAs(this, () => {
      const { q, k, v } = this.heads.split(x);
      const mixers = { scores: this.scoreMixer, weights: this.weightMixer };
      return this.heads.merge(talkingHeads(q, k, v, mixers, options));
    });
  }
}
