import {
  any,
  type OptionNames,
  requireDtype,
  requireFloat,
  requireKnown,
  reshape,
  squeeze,
  type Tensor,
  transpose,
  unsqueeze,
} from "@saccade/core";
import { Linear, Module } from "@saccade/core/nn";
import { tidyAs } from "../scaled-dot-product/attention-hooks.ts";
import { requireConfig, requireShape } from "../shapes.ts";
import { attendBy, type LayerOptions } from "./attended.ts";

/** One vector for a sequence, and by what weights. */
export interface Pooled {
  /** `[B, D]` */
  readonly pooled: Tensor;
  /** `[B, T]` */
  readonly weights: Tensor;
}

/** What is padding: u8 `[B, T]`, 1 = may be attended to. */
export interface PoolingOptions {
  readonly mask?: Tensor | null | undefined;
}

const poolingNames: OptionNames<PoolingOptions> = { mask: true };

/** @throws ArgumentError for an option that is unknown; and as `requireSequence`, whose mask it returns */
export function requirePooling(owner: string, x: Tensor, options: PoolingOptions): Tensor | null {
  requireKnown(owner, options, poolingNames);
  return requireSequence(owner, x, options.mask);
}

/** @throws ShapeError, DTypeError unless x is `[B, T, D]`, float, and the mask u8 `[B, T]`; the mask as `[B, 1, T]` */
export function requireSequence(owner: string, x: Tensor, mask: Tensor | null | undefined): Tensor | null {
  requireFloat(owner, x, "x");
  requireShape(owner, "x", x, ["B", "T", "D"]);
  if (!mask) return null;
  requireDtype(owner, mask, "u8", "mask");
  requireShape(owner, "mask", mask, [x.shape[0], x.shape[1]]);
  return unsqueeze(mask, 1);
}

/**
 * Pooling by a learned query: `u_t = tanh(W h_t + b)`, `a = softmax(u_t . u_w)`, `s = sum_t a_t h_t`.
 *
 * @see Yang et al. 2016, Hierarchical Attention Networks (NAACL), Word Attention
 * @example
 * const pooling = new ContextPooling({ embedDim: 4 }, { key: new Key(0) });
 * const { pooled, weights } = pooling.forward(ones([2, 5, 4]));
 * pooled.array(); // => [[1, 1, 1, 1], [1, 1, 1, 1]]
 * weights.shape; // => [2, 5]
 */
export class ContextPooling extends Module {
  readonly projection: Linear;
  /** u_w: weight `[1, A]` */
  readonly context: Linear;

  constructor(
    config: { readonly embedDim: number; readonly attentionDim?: number },
    { key, ...where }: LayerOptions,
  ) {
    super();
    const { embedDim, attentionDim = embedDim } = config;
    requireConfig("ContextPooling", config, { embedDim, attentionDim });
    this.projection = new Linear(embedDim, attentionDim, { ...where, key: key.fold(0) });
    this.context = new Linear(attentionDim, 1, { ...where, key: key.fold(1), bias: false });
  }

  /** @param x  `[B, T, D]` @returns zeros for a sequence that is all padding */
  forward(x: Tensor, options: PoolingOptions = {}): Pooled {
    return tidyAs(this, () => {
      const seen = requirePooling("ContextPooling", x, options);
      const scores = this.context.forward(this.projection.forward(x, { activation: "tanh" })); // [B, T, 1]
      const { context, weights } = attendBy("ContextPooling", transpose(scores), x, { mask: seen });
      return { pooled: squeeze(context, 1), weights: squeeze(weights, 1) };
    });
  }
}

/** How the levels of hierarchical attention are made. */
export interface HierarchicalConfig {
  /** Width of words. */
  readonly wordDim: number;
  /** Width of sentences, behind `encodeSentences`; default `wordDim`. */
  readonly sentenceDim?: number;
  readonly attentionDim?: number;
}

/** What `HierarchicalAttention.forward` takes beside the words. */
export interface HierarchicalOptions {
  /** u8 `[B, N, T]`, 1 = a word; a sentence without words is padding. */
  readonly mask?: Tensor | null | undefined;
  /** What stands between the levels: `[B, N, D] -> [B, N, D']`, a recurrent encoder in the paper. Default: nothing. */
  readonly encodeSentences?: (sentences: Tensor) => Tensor;
}

const hierarchicalNames: OptionNames<HierarchicalOptions> = { mask: true, encodeSentences: true };

/** A vector for each document, and by what weights. */
export interface HierarchicallyPooled {
  /** `[B, D']` */
  readonly pooled: Tensor;
  /** Of words within sentences: `[B, N, T]`. */
  readonly wordWeights: Tensor;
  /** Of sentences within documents: `[B, N]`. */
  readonly sentenceWeights: Tensor;
}

/**
 * Hierarchical attention: words are pooled to sentences, sentences to a document, each by a query of its own.
 *
 * @see Yang et al. 2016, Hierarchical Attention Networks (NAACL), Word Attention and Sentence Attention
 * @example
 * const layer = new HierarchicalAttention({ wordDim: 4 }, { key: new Key(0) });
 * const { pooled, wordWeights, sentenceWeights } = layer.forward(ones([2, 3, 5, 4]));
 * [pooled.shape, wordWeights.shape, sentenceWeights.shape]; // => [[2, 4], [2, 3, 5], [2, 3]]
 */
export class HierarchicalAttention extends Module {
  readonly words: ContextPooling;
  readonly sentences: ContextPooling;

  constructor(config: HierarchicalConfig, { key, ...where }: LayerOptions) {
    super();
    const { wordDim, sentenceDim = wordDim, attentionDim } = config;
    requireConfig("HierarchicalAttention", config, { wordDim, sentenceDim }, "attentionDim");
    const width = attentionDim === undefined ? {} : { attentionDim };
    this.words = new ContextPooling({ embedDim: wordDim, ...width }, { ...where, key: key.fold(0) });
    this.sentences = new ContextPooling({ embedDim: sentenceDim, ...width }, { ...where, key: key.fold(1) });
  }

  /** @param x  words of sentences of documents, `[B, N, T, D]` */
  forward(x: Tensor, options: HierarchicalOptions = {}): HierarchicallyPooled {
    const owner = "HierarchicalAttention";
    requireKnown(owner, options, hierarchicalNames);
    const { mask, encodeSentences } = options;
    requireShape(owner, "x", x, ["B", "N", "T", "D"]);
    const [B, N, T, D] = x.shape;
    if (mask) requireShape(owner, "mask", mask, [B, N, T]);
    return tidyAs(this, () => {
      const flatMask = mask && reshape(mask, [B * N, T]);
      const words = this.words.forward(reshape(x, [B * N, T, D]), { mask: flatMask });
      const sentences = reshape(words.pooled, [B, N, D]);
      const encoded = encodeSentences ? encodeSentences(sentences) : sentences;
      const whole = this.sentences.forward(encoded, { mask: mask && any(mask, -1) });
      return {
        pooled: whole.pooled,
        wordWeights: reshape(words.weights, [B, N, T]),
        sentenceWeights: whole.weights,
      };
    });
  }
}
