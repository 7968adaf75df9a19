import {
  add,
  matmul,
  type OptionNames,
  requireKnown,
  squeeze,
  type Tensor,
  tanh,
  transpose,
  where,
} from "@saccade/core";
import { Linear, Module } from "@saccade/core/nn";
import { tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { requireConfig } from "../shapes.ts";
import { attendBy, type LayerOptions } from "./attended.ts";
import { type Pooled, requireSequence } from "./context-pooling.ts";

/** Widths of co-attention. */
export interface CoAttentionConfig {
  /** Width of both sequences. */
  readonly embedDim: number;
  /** Width k of the hidden layer; default `embedDim`. */
  readonly attentionDim?: number;
}

/** Both sequences, pooled. */
export interface CoAttended {
  readonly first: Pooled;
  readonly second: Pooled;
}

/** What is padding in either sequence: u8, `[B, N]` and `[B, T]`. */
export interface CoAttentionOptions {
  readonly firstMask?: Tensor | null | undefined;
  readonly secondMask?: Tensor | null | undefined;
}

const optionNames: OptionNames<CoAttentionOptions> = { firstMask: true, secondMask: true };

/**
 * Parallel co-attention: two sequences, V `[B, N, D]` and Q `[B, T, D]`, pool each other.
 * `C = tanh(Q W_b V^T)`, `H_v = tanh(V W_v + C^T Q W_q)`, `H_q = tanh(Q W_q + C V W_v)`,
 * `a_v = softmax(H_v w_hv)`, `a_q = softmax(H_q w_hq)`.
 *
 * The paper has sequences in columns, so that its C is `tanh(Q^T W_b V)`.
 *
 * @see Lu et al. 2016, arXiv:1606.00061, Parallel Co-Attention
 * @example
 * const layer = new CoAttention({ embedDim: 4, attentionDim: 3 }, { key: new Key(0) });
 * const { first, second } = layer.forward(ones([2, 7, 4]), ones([2, 5, 4]));
 * [first.pooled.shape, first.weights.shape, second.weights.shape]; // => [[2, 4], [2, 7], [2, 5]]
 */
export class CoAttention extends Module {
  /** W_b: `[D, D]` */
  readonly affinity: Linear;
  readonly firstProjection: Linear;
  readonly secondProjection: Linear;
  readonly firstScore: Linear;
  readonly secondScore: Linear;

  constructor(config: CoAttentionConfig, { key, ...where }: LayerOptions) {
    super();
    const { embedDim, attentionDim = embedDim } = config;
    requireConfig("CoAttention", config, { embedDim, attentionDim });
    const linear = (index: number, from: number, to: number): Linear =>
      new Linear(from, to, { ...where, key: key.fold(index), bias: false });
    this.affinity = linear(0, embedDim, embedDim);
    this.firstProjection = linear(1, embedDim, attentionDim);
    this.secondProjection = linear(2, embedDim, attentionDim);
    this.firstScore = linear(3, attentionDim, 1);
    this.secondScore = linear(4, attentionDim, 1);
  }

  /** @param first  V, `[B, N, D]` @param second  Q, `[B, T, D]` */
  forward(first: Tensor, second: Tensor, options: CoAttentionOptions = {}): CoAttended {
    const owner = "CoAttention";
    requireKnown(owner, options, optionNames);
    const { firstMask, secondMask } = options;
    return tidyAs(this, () => {
      const seenFirst = requireSequence(owner, first, firstMask);
      const seenSecond = requireSequence(owner, second, secondMask);
      const affinity = tanh(matmul(second, transpose(this.affinity.forward(first)))); // C, [B, T, N]
      // Padding of either sequence tells the other nothing.
      const v = present(this.firstProjection.forward(first), seenFirst);
      const q = present(this.secondProjection.forward(second), seenSecond);
      const hiddenFirst = tanh(add(v, matmul(transpose(affinity), q)));
      const hiddenSecond = tanh(add(q, matmul(affinity, v)));
      const pool = (score: Linear, hidden: Tensor, x: Tensor, seen: Tensor | null): Pooled => {
        const { context, weights } = attendBy(owner, transpose(score.forward(hidden)), x, { mask: seen });
        return { pooled: squeeze(context, 1), weights: squeeze(weights, 1) };
      };
      return {
        first: pool(this.firstScore, hiddenFirst, first, seenFirst),
        second: pool(this.secondScore, hiddenSecond, second, seenSecond),
      };
    });
  }
}

function present(x: Tensor, seen: Tensor | null): Tensor {
  return seen ? where(transpose(seen), x, 0) : x;
}
