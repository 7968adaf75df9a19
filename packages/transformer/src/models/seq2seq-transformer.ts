import { type PositionEncoding, SinusoidalPositions } from "@saccade/attention";
import {
  type ActivationName,
  type Backend,
  crossEntropy,
  dropout,
  type Key,
  mul,
  reshape,
  ShapeError,
  type Tensor,
  tidy,
} from "@saccade/core";
import { Embedding, Linear, Module } from "@saccade/core/nn";
import { TransformerDecoder } from "../blocks/decoder.ts";
import { TransformerEncoder } from "../blocks/encoder.ts";

export interface Seq2SeqConfig {
  readonly sourceVocabSize: number;
  readonly targetVocabSize: number;
  /** Most tokens on either side. */
  readonly maxLength: number;
  readonly embedDim: number;
  readonly numHeads: number;
  readonly numEncoderLayers: number;
  readonly numDecoderLayers: number;
  /** Default `4 embedDim`. */
  readonly feedForwardDim?: number;
  /** Default "relu". */
  readonly activation?: ActivationName;
  /** Default false. */
  readonly normFirst?: boolean;
  /** Where a key is given. Default 0. */
  readonly dropout?: number;
}

/** A source and what it becomes. Padding is marked in the mask, and in targets by `ignoreIndex` (-100). */
export interface Seq2SeqBatch {
  /** `[B, S]`, i32 */
  readonly source: Tensor;
  /** u8 `[B, S]`: 1 where the source is, 0 where it is padded. */
  readonly sourceMask: Tensor;
  /** `[B, T]`, i32: the target behind the start token. */
  readonly input: Tensor;
  /** `[B, T]`, i32: what follows each token of `input`. */
  readonly target: Tensor;
}

/** Tokens that count for nothing in a loss. */
export const IGNORE_INDEX = -100;

/**
 * The encoder-decoder Transformer over token ids, with sinusoidal positions.
 *
 * @see Vaswani et al. 2017, arXiv:1706.03762
 * @example
 * const model = new Seq2SeqTransformer(
 *   { sourceVocabSize: 50, targetVocabSize: 14, maxLength: 32, embedDim: 16, numHeads: 2, numEncoderLayers: 1, numDecoderLayers: 1 },
 *   { key: new Key(0) },
 * );
 * const source = tensor([[4, 5, 6]], { dtype: "i32" });
 * const memory = model.encode(source, null);
 * const logits = model.decode(tensor([[1, 2]], { dtype: "i32" }), memory, null); // [1, 2, 14]
 */
export class Seq2SeqTransformer extends Module {
  readonly config: Seq2SeqConfig;
  readonly sourceTokens: Embedding;
  readonly targetTokens: Embedding;
  readonly encoder: TransformerEncoder;
  readonly decoder: TransformerDecoder;
  readonly output: Linear;
  private readonly positions: PositionEncoding;

  constructor(config: Seq2SeqConfig, options: { readonly key: Key; readonly backend?: Backend }) {
    super();
    const { embedDim, numHeads, maxLength } = config;
    const { key, ...where } = options;
    const std = 1 / Math.sqrt(embedDim);
    const layer = {
      embedDim,
      numHeads,
      feedForwardDim: config.feedForwardDim ?? 4 * embedDim,
      activation: config.activation ?? "relu",
      normFirst: config.normFirst ?? false,
      dropout: config.dropout ?? 0,
    } as const;
    this.config = config;
    this.sourceTokens = new Embedding(config.sourceVocabSize, embedDim, { key: key.fold(0), std, ...where });
    this.targetTokens = new Embedding(config.targetVocabSize, embedDim, { key: key.fold(1), std, ...where });
    this.encoder = new TransformerEncoder(
      { ...layer, numLayers: config.numEncoderLayers },
      { key: key.fold(2), ...where },
    );
    this.decoder = new TransformerDecoder(
      { ...layer, numLayers: config.numDecoderLayers },
      { key: key.fold(3), ...where },
    );
    this.output = new Linear(embedDim, config.targetVocabSize, { key: key.fold(4), ...where });
    this.positions = new SinusoidalPositions(maxLength, embedDim);
  }

  /** Scaled embeddings with positions; see section 3.4 of the paper. */
  private embed(table: Embedding, ids: Tensor, key?: Key): Tensor {
    if (ids.rank !== 2)
      throw new ShapeError(`Seq2SeqTransformer: ids must be [batch, length] (got ${ids.describe()})`);
    const x = this.positions.forward(mul(table.forward(ids), Math.sqrt(this.config.embedDim)));
    const p = this.config.dropout ?? 0;
    return key && p > 0 ? dropout(x, p, key) : x;
  }

  /**
   * @param source  `[B, S]`, i32
   * @param mask  u8 `[B, S]`, or null if nothing is padded
   * @returns the memory, `[B, S, D]`
   */
  encode(source: Tensor, mask: Tensor | null, options: { readonly key?: Key | undefined } = {}): Tensor {
    const { key } = options;
    return tidy(() =>
      this.encoder.forward(this.embed(this.sourceTokens, source, key?.fold(0)), {
        mask: keyMask(mask),
        key: key?.fold(1),
      }),
    );
  }

  /**
   * @param input  `[B, T]`, i32
   * @param memory  `[B, S, D]`
   * @param memoryMask  u8 `[B, S]`, or null
   * @returns logits of the next token at each place, `[B, T, targetVocabSize]`
   */
  decode(
    input: Tensor,
    memory: Tensor,
    memoryMask: Tensor | null,
    options: { readonly key?: Key | undefined } = {},
  ): Tensor {
    const { key } = options;
    return tidy(() => {
      const x = this.embed(this.targetTokens, input, key?.fold(2));
      return this.output.forward(
        this.decoder.forward(x, memory, { memoryMask: keyMask(memoryMask), key: key?.fold(3) }),
      );
    });
  }

  /** Where each target token looks in the source: the cross-attention weights of every decoder layer, each `[B, H, T, S]`. */
  crossWeights(batch: Omit<Seq2SeqBatch, "target">): Tensor[] {
    return tidy(() => {
      const memory = this.encode(batch.source, batch.sourceMask);
      const x = this.embed(this.targetTokens, batch.input);
      return this.decoder.crossWeights(x, memory, { memoryMask: keyMask(batch.sourceMask) });
    });
  }

  /** Logits `[B, T, targetVocabSize]` under teacher forcing. */
  forward(batch: Omit<Seq2SeqBatch, "target">, options: { readonly key?: Key | undefined } = {}): Tensor {
    return tidy(() =>
      this.decode(
        batch.input,
        this.encode(batch.source, batch.sourceMask, options),
        batch.sourceMask,
        options,
      ),
    );
  }

  /** Mean cross-entropy (nats per token) of the targets that are not `IGNORE_INDEX`. */
  loss(batch: Seq2SeqBatch, options: { readonly key?: Key | undefined } = {}): Tensor {
    return tidy(() => this.lossOf(this.forward(batch, options), batch.target));
  }

  /** The same, from logits `[B, T, targetVocabSize]` that are there already. */
  lossOf(logits: Tensor, target: Tensor): Tensor {
    const rows = reshape(logits, [-1, this.config.targetVocabSize]);
    return crossEntropy(rows, reshape(target, [-1]), { ignoreIndex: IGNORE_INDEX });
  }
}

/** `[B, S] -> [B, 1, 1, S]`: which keys every head and query may see. */
function keyMask(mask: Tensor | null): Tensor | null {
  return mask && reshape(mask, [mask.shape[0], 1, 1, mask.shape[1]]);
}
