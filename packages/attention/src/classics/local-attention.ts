import {
  abs,
  arange,
  cast,
  exp,
  le,
  logicalAnd,
  mul,
  requireDtype,
  requireKnown,
  requirePositiveInteger,
  sigmoid,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  tidy,
  unsqueeze,
} from "@saccade/core";
import { Linear } from "@saccade/core/nn";
import { tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { requireConfig, requireShape } from "../shapes.ts";
import {
  type Attended,
  blend,
  type LayerOptions,
  type MemoryOptions,
  maskScores,
  requireQueryAndKeys,
  ScoredAttention,
} from "./attended.ts";

/** Where attention is local. */
export interface LocalWindow {
  /** Keys to each side of the centre that are seen: D. */
  readonly halfWidth: number;
  /** Weights fall off as a Gaussian of deviation D/2 about the centre, after the softmax; they sum to less than 1 then. Default false. */
  readonly gaussian?: boolean;
  /** u8, broadcasting to `[B, T, S]`. */
  readonly mask?: Tensor | null | undefined;
}

/**
 * Weights about one place for each query: `softmax` over the keys j with `|j - p_i| <= D`; with `gaussian`, times
 * `exp(-(j - p_i)^2 / (2 (D/2)^2))`, through which places have a gradient.
 *
 * @param scores  `[B, T, S]`
 * @param centres  p, in keys from 0: broadcasts to `[B, T]`
 * @returns `[B, T, S]`, zeros where no key is within the window
 * @see Luong et al. 2015, arXiv:1508.04025, section 3.2, equations 7 and 10: the Gaussian is of the softmax's result
 * @example
 * const weights = localWeights(zeros([1, 2, 4]), tensor([[0, 2]]), { halfWidth: 1 });
 * weights.array(); // => [[[0.5, 0.5, 0, 0], [0, 1 / 3, 1 / 3, 1 / 3]]]
 */
export function localWeights(scores: Tensor, centres: Tensor, window: LocalWindow): Tensor {
  requireKnown("localWeights", window, { halfWidth: true, gaussian: true, mask: true });
  const { halfWidth, gaussian = false, mask = null } = window;
  requirePositiveInteger("localWeights", "halfWidth", halfWidth);
  requireShape("localWeights", "scores", scores, ["B", "T", "S"]);
  if (mask) requireDtype("localWeights", mask, "u8", "mask");
  return tidy(() => {
    const { dtype, backend } = scores;
    const places = arange(0, scores.shape[2], 1, { dtype, backend });
    const distance = sub(places, unsqueeze(centres, -1)); // [B, T, S]
    const inside = le(abs(distance), halfWidth);
    const seen = mask ? logicalAnd(inside, mask) : inside;
    const weights = softmax(maskScores("localWeights", scores, seen), -1);
    return gaussian ? mul(weights, exp(mul(square(distance), -2 / halfWidth ** 2))) : weights;
  });
}

/** Which alignment is made local, and how wide. */
export interface LocalAttentionConfig {
  readonly alignment: ScoredAttention;
  /** Keys to each side of the centre that are seen: D. */
  readonly halfWidth: number;
}

/**
 * Luong's local-m: query i attends about key i, by a softmax over the window.
 *
 * @see Luong et al. 2015, arXiv:1508.04025, section 3.2, "Monotonic alignment"
 * @example
 * const layer = new LocalMonotonicAttention({ alignment: new DotAttention(), halfWidth: 1 });
 * layer.forward(zeros([1, 3, 2]), ones([1, 3, 2])).weights.slice(0, 0).array(); // => [0.5, 0.5, 0]
 */
export class LocalMonotonicAttention extends ScoredAttention {
  readonly alignment: ScoredAttention;
  readonly halfWidth: number;

  constructor(config: LocalAttentionConfig) {
    super();
    const { alignment, halfWidth } = config;
    requireConfig("LocalMonotonicAttention", config, { halfWidth }, "alignment");
    this.alignment = alignment;
    this.halfWidth = halfWidth;
  }

  scores(query: Tensor, keys: Tensor): Tensor {
    return this.alignment.scores(query, keys);
  }

  /** @param options.start  place of the first query, default 0: of a decoder, the step */
  forward(query: Tensor, keys: Tensor, options: MemoryOptions & { readonly start?: number } = {}): Attended {
    requireKnown("LocalMonotonicAttention", options, { values: true, mask: true, start: true });
    const { values = keys, mask, start = 0 } = options;
    return tidyAs(this, () => {
      const scores = this.scores(query, keys);
      const { dtype, backend } = scores;
      const centres = unsqueeze(arange(start, start + query.shape[1], 1, { dtype, backend }), 0);
      const weights = localWeights(scores, centres, { halfWidth: this.halfWidth, mask });
      return blend("LocalMonotonicAttention", weights, values);
    });
  }
}

/**
 * Luong's local-p: query i attends about the place that it predicts, `p_i = S sigmoid(v . tanh(W q_i))`, S the number of
 * keys that it may see, with a Gaussian about it. Places count from the first key: padding stands at the end.
 *
 * @see Luong et al. 2015, arXiv:1508.04025, equations 9 and 10 of section 3.2
 * @example
 * const alignment = new DotAttention();
 * const config = { alignment, halfWidth: 2, queryDim: 4 };
 * const layer = new LocalPredictiveAttention(config, { key: new Key(0) });
 * layer.forward(ones([2, 3, 4]), ones([2, 9, 4])).weights.shape; // => [2, 3, 9]
 */
export class LocalPredictiveAttention extends ScoredAttention {
  readonly alignment: ScoredAttention;
  readonly halfWidth: number;
  readonly hiddenProjection: Linear;
  readonly placeProjection: Linear;

  constructor(config: LocalAttentionConfig & { readonly queryDim: number }, { key, ...where }: LayerOptions) {
    super();
    const { alignment, halfWidth, queryDim } = config;
    requireConfig("LocalPredictiveAttention", config, { halfWidth, queryDim }, "alignment");
    this.alignment = alignment;
    this.halfWidth = halfWidth;
    this.hiddenProjection = new Linear(queryDim, queryDim, { ...where, key: key.fold(0), bias: false });
    this.placeProjection = new Linear(queryDim, 1, { ...where, key: key.fold(1), bias: false });
  }

  scores(query: Tensor, keys: Tensor): Tensor {
    return this.alignment.scores(query, keys);
  }

  /** @returns p, in keys from 0: `[B, T]` @param mask  as of `forward` */
  places(query: Tensor, keys: Tensor, mask: Tensor | null = null): Tensor {
    requireQueryAndKeys("LocalPredictiveAttention", query, keys);
    return tidy(() => {
      const hidden = this.hiddenProjection.forward(query, { activation: "tanh" });
      const share = sigmoid(this.placeProjection.forward(hidden)); // [B, T, 1]
      const length = mask ? sum(cast(mask, query.dtype), -1, { keepDims: true }) : keys.shape[1];
      return sum(mul(share, length), -1);
    });
  }

  forward(query: Tensor, keys: Tensor, options: MemoryOptions = {}): Attended {
    requireKnown("LocalPredictiveAttention", options, { values: true, mask: true });
    const { values = keys, mask = null } = options;
    return tidyAs(this, () => {
      const centres = this.places(query, keys, mask);
      const window = { halfWidth: this.halfWidth, gaussian: true, mask };
      return blend(
        "LocalPredictiveAttention",
        localWeights(this.scores(query, keys), centres, window),
        values,
      );
    });
  }
}
