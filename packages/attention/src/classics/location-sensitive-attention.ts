import { ArgumentError, conv1d, logSigmoid, mul, permute, reshape, type Tensor, zeros } from "@saccade/core";
import { Conv1d, Linear, Module } from "@saccade/core/nn";
import { tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { requireConfig, requireShape } from "../shapes.ts";
import { additiveScores } from "./additive-attention.ts";
import {
  type Attended,
  attendBy,
  type LayerOptions,
  type MemoryOptions,
  requireQueryAndKeys,
} from "./attended.ts";

/** Sizes of location-sensitive attention. */
export interface LocationSensitiveConfig {
  readonly queryDim: number;
  readonly keyDim: number;
  /** Default `keyDim`. */
  readonly attentionDim?: number;
  /** Features that are read off the previous weights; default 10. */
  readonly filters?: number;
  /** Keys that a feature sees; odd, default 31. */
  readonly kernelSize?: number;
  /** beta: scores are multiplied by it before they are normalised; above 1, weights are sharper. Default 1. */
  readonly sharpening?: number;
  /** `a_j = sigmoid(e_j) / sum_l sigmoid(e_l)`, where a softmax has exponentials: several keys share. Default false. */
  readonly smoothing?: boolean;
}

/**
 * Attention that knows where it was: `f = F * a_{i-1}` (a convolution over keys),
 * `e_ij = w . tanh(W q_i + V h_j + U f_j + b)`, `a_i = softmax(sharpening e_i)`, or smoothed. One step of a decoder at a
 * time. Given the sum of all earlier weights as `previous`, it is the attention of Tacotron 2.
 *
 * @throws ArgumentError for an even `kernelSize`, or a `sharpening` that is not positive
 * @see Chorowski et al. 2015, arXiv:1506.07503, ARSG with Convolutional Features; Score Normalization: Sharpening
 *   and Smoothing
 * @example
 * const config = { queryDim: 4, keyDim: 6, filters: 2, kernelSize: 3 };
 * const layer = new LocationSensitiveAttention(config, { key: new Key(0) });
 * const first = layer.forward(ones([2, 1, 4]), ones([2, 5, 6]), null);
 * layer.forward(ones([2, 1, 4]), ones([2, 5, 6]), first.weights).context.shape; // => [2, 1, 6]
 */
export class LocationSensitiveAttention extends Module {
  readonly queryProjection: Linear;
  readonly keyProjection: Linear;
  /** F: weight `[filters, 1, kernelSize]` */
  readonly convolution: Conv1d;
  readonly featureProjection: Linear;
  readonly scoreProjection: Linear;
  readonly sharpening: number;
  readonly smoothing: boolean;

  constructor(config: LocationSensitiveConfig, { key, ...where }: LayerOptions) {
    super();
    const owner = "LocationSensitiveAttention";
    const { queryDim, keyDim, attentionDim = keyDim, filters = 10, kernelSize = 31 } = config;
    const { sharpening = 1, smoothing = false } = config;
    const sizes = { queryDim, keyDim, attentionDim, filters, kernelSize };
    requireConfig(owner, config, sizes, "sharpening", "smoothing");
    if (kernelSize % 2 === 0) throw new ArgumentError(`${owner}: kernelSize must be odd (got ${kernelSize})`);
    if (!(sharpening > 0 && Number.isFinite(sharpening))) {
      throw new ArgumentError(`${owner}: sharpening must be positive and finite (got ${sharpening})`);
    }
    this.sharpening = sharpening;
    this.smoothing = smoothing;
    const linear = (index: number, from: number, to: number, bias: boolean): Linear =>
      new Linear(from, to, { ...where, key: key.fold(index), bias });
    this.queryProjection = linear(0, queryDim, attentionDim, true);
    this.keyProjection = linear(1, keyDim, attentionDim, false);
    this.convolution = new Conv1d(1, filters, kernelSize, { ...where, key: key.fold(2), bias: false });
    this.featureProjection = linear(3, filters, attentionDim, false);
    this.scoreProjection = linear(4, attentionDim, 1, false);
  }

  /**
   * @param query  `[B, 1, Dq]`
   * @param keys  `[B, S, Dk]`
   * @param previous  weights of the step before, `[B, 1, S]`; null at the first, which are zeros
   */
  forward(query: Tensor, keys: Tensor, previous: Tensor | null, options: MemoryOptions = {}): Attended {
    const owner = "LocationSensitiveAttention";
    requireQueryAndKeys(owner, query, keys);
    const [B, S] = keys.shape;
    requireShape(owner, "query", query, [B, 1, "Dq"]);
    if (previous) requireShape(owner, "previous", previous, [B, 1, S]);
    return tidyAs(this, () => {
      const { dtype, backend } = query;
      const before = previous ?? zeros([B, 1, S], { dtype, backend });
      const { weight } = this.convolution;
      const located = conv1d(before, weight, null, { padding: (weight.shape[2] - 1) / 2 }); // [B, filters, S]
      const scores = additiveScores(
        this.queryProjection.forward(query),
        this.keyProjection.forward(keys),
        reshape(this.scoreProjection.weight, [-1]),
        this.featureProjection.forward(permute(located, [0, 2, 1])),
      );
      const sharp = this.sharpening === 1 ? scores : mul(scores, this.sharpening);
      // The softmax of log sigmoid(e) is sigmoid(e) over their sum, and stays exact where all of them vanish.
      return attendBy(owner, this.smoothing ? logSigmoid(sharp) : sharp, keys, options);
    });
  }
}
