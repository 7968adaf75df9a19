import {
  ArgumentError,
  type Backend,
  type Key,
  permute,
  reshape,
  ShapeError,
  type Tensor,
} from "@saccade/core";
import { init, Linear, Module } from "@saccade/core/nn";
import { type AttentionSpec, attention, attentionWeights } from "./scaled-dot-product/attention.ts";

export interface MultiHeadAttentionConfig {
  /** Width of queries and of the result. */
  readonly embedDim: number;
  /** Heads; divides `embedDim`. */
  readonly numHeads: number;
  /** Key/value heads, shared by groups of query heads; divides `numHeads`. Default `numHeads`. */
  readonly numKeyValueHeads?: number;
  /** Width of what keys are made of. Default `embedDim`. */
  readonly keyDim?: number;
  /** Width of what values are made of. Default `embedDim`. */
  readonly valueDim?: number;
  /** Biases on the four projections. Default true. */
  readonly bias?: boolean;
  /** Probability of dropping a weight, where `forward` gets a key. Default 0. */
  readonly dropout?: number;
}

/** What `forward` takes beside the sequences. */
export interface MultiHeadOptions extends Omit<AttentionSpec, "dropout"> {
  /** Turns dropout on. */
  readonly key?: Key | undefined;
}

/**
 * Multi-head attention: `concat(head_1 .. head_H) W_o`, `head_i = attention(x W_q^i, m W_k^i, m W_v^i)`.
 *
 * Self-attention with one argument, cross-attention with two (`memory`) or three (`keys`, `values`).
 *
 * @see Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2
 * @example
 * const mha = new MultiHeadAttention({ embedDim: 16, numHeads: 4 }, { key: new Key(0) });
 * const x = randn(new Key(1), [2, 5, 16]);
 * const y = mha.forward(x, { causal: true }); // [2, 5, 16]
 * const memory16 = randn(new Key(2), [2, 7, 16]);
 * const z = mha.cross(x, memory16); // [2, 5, 16]
 */
export class MultiHeadAttention extends Module {
  readonly config: MultiHeadAttentionConfig;
  readonly queryProjection: Linear;
  readonly keyProjection: Linear;
  readonly valueProjection: Linear;
  readonly outProjection: Linear;

  /** @throws ArgumentError if heads do not divide the width, or key/value heads the heads */
  constructor(config: MultiHeadAttentionConfig, options: { readonly key: Key; readonly backend?: Backend }) {
    super();
    const {
      embedDim,
      numHeads,
      numKeyValueHeads = numHeads,
      keyDim = embedDim,
      valueDim = embedDim,
      bias = true,
    } = config;
    if (embedDim % numHeads !== 0)
      throw new ArgumentError(
        `MultiHeadAttention: embedDim ${embedDim} is not a multiple of numHeads ${numHeads}`,
      );
    if (numHeads % numKeyValueHeads !== 0) {
      throw new ArgumentError(
        `MultiHeadAttention: numHeads ${numHeads} is not a multiple of numKeyValueHeads ${numKeyValueHeads}`,
      );
    }
    const { key, ...where } = options;
    const kvWidth = (embedDim / numHeads) * numKeyValueHeads;
    const project = (index: number, from: number, to: number): Linear => {
      return new Linear(from, to, {
        ...where,
        key: key.fold(index),
        bias,
        weightInit: (k, shape, at) => init.xavierUniform(k, shape, 1, at),
        biasInit: init.zero,
      });
    };
    this.config = config;
    this.queryProjection = project(0, embedDim, embedDim);
    this.keyProjection = project(1, keyDim, kvWidth);
    this.valueProjection = project(2, valueDim, kvWidth);
    this.outProjection = project(3, embedDim, embedDim);
  }

  /**
   * Self-attention.
   *
   * @param x  `[B, T, D]`
   * @returns `[B, T, D]`
   */
  forward(x: Tensor, options: MultiHeadOptions = {}): Tensor {
    return this.cross(x, x, x, options);
  }

  /**
   * Cross-attention.
   *
   * @param x  queries, `[B, T, D]`
   * @param keys  `[B, S, keyDim]`
   * @param values  `[B, S, valueDim]`; default `keys`
   * @returns `[B, T, D]`
   */
  cross(x: Tensor, keys: Tensor, values: Tensor = keys, options: MultiHeadOptions = {}): Tensor {
    const { key, ...spec } = options;
    const p = this.config.dropout ?? 0;
    const q = this.splitHeads(this.queryProjection.forward(x));
    const k = this.splitHeads(this.keyProjection.forward(keys));
    const v = this.splitHeads(this.valueProjection.forward(values));
    const heads = attention(q, k, v, key && p > 0 ? { ...spec, dropout: { p, key } } : spec);
    return this.outProjection.forward(mergeHeads(heads));
  }

  /**
   * The weights of each head, `[B, H, T, S]`: what `cross(x, keys)` attends with.
   */
  weights(x: Tensor, keys: Tensor = x, options: Omit<MultiHeadOptions, "key"> = {}): Tensor {
    const q = this.splitHeads(this.queryProjection.forward(x));
    return attentionWeights(q, this.splitHeads(this.keyProjection.forward(keys)), options);
  }

  /** `[B, T, heads E] -> [B, heads, T, E]`, a view. */
  private splitHeads(x: Tensor): Tensor {
    if (x.rank !== 3)
      throw new ShapeError(
        `MultiHeadAttention: sequences must be [batch, length, width] (got ${x.describe()})`,
      );
    const width = this.config.embedDim / this.config.numHeads;
    return permute(reshape(x, [x.shape[0], x.shape[1], x.shape[2] / width, width]), [0, 2, 1, 3]);
  }
}

/** `[B, H, T, E] -> [B, T, H E]`. */
function mergeHeads(x: Tensor): Tensor {
  const [B, H, T, E] = x.shape;
  return reshape(permute(x, [0, 2, 1, 3]), [B, T, H * E]);
}
