import { type CacheOptions, type PositionEncoding, SinusoidalPositions } from "@saccade/attention";
import {
  type ActivationName,
  type Backend,
  crossEntropy,
  dropout,
  type Key,
  mul,
  type OptionNames,
  requireKnown,
  requirePositiveInteger,
  reshape,
  ShapeError,
  type Tensor,
  tidy,
} from "@saccade/core";
import { Embedding, Linear, Module } from "@saccade/core/nn";
import { TransformerDecoder } from "../blocks/decoder.ts";
import { TransformerEncoder } from "../blocks/encoder.ts";
import { checkLayerConfig, type TransformerLayerConfig } from "../blocks/layer-config.ts";
import { hasPositions, type SelfAttentionConfig } from "../blocks/self-attention-config.ts";
import type { DecoderLayerCache } from "../cache/decoder-layer-cache.ts";
import type { StackCache } from "../cache/stack-cache.ts";

export interface Seq2SeqConfig {
  readonly sourceVocabSize: number;
  readonly targetVocabSize: number;
  /** Most tokens on either side. */
  readonly maxLength: number;
  /** Width of the residual stream. */
  readonly embedDim: number;
  /** Heads of each layer; divides `embedDim`. */
  readonly numHeads: number;
  readonly numEncoderLayers: number;
  readonly numDecoderLayers: number;
  /** Default `4 embedDim`. */
  readonly feedForwardDim?: number;
  /** Default "relu". */
  readonly activation?: ActivationName;
  /** Normalise before each sublayer instead of after the residual sum. Default false. */
  readonly normFirst?: boolean;
  /** Where a key is given. Default 0. */
  readonly dropout?: number;
  /**
   * How self-attention attends on both sides. Where it has positions of its own (rotary, ALiBi, T5's), the model has no
   * sinusoidal ones.
   */
  readonly attention?: SelfAttentionConfig;
}

const configNames: OptionNames<Seq2SeqConfig> = {
  sourceVocabSize: true,
  targetVocabSize: true,
  maxLength: true,
  embedDim: true,
  numHeads: true,
  numEncoderLayers: true,
  numDecoderLayers: true,
  feedForwardDim: true,
  activation: true,
  normFirst: true,
  dropout: true,
  attention: true,
};

/** A source and what it becomes. Padding is marked in the mask, and in targets by `IGNORE_INDEX` (-100). */
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

/** What `decode` takes beside the sequences. */
interface DecodeOptions {
  /** Turns dropout on. */
  readonly key?: Key | undefined;
  readonly cache?: StackCache<DecoderLayerCache> | undefined;
}

const decodeNames: OptionNames<DecodeOptions> = { key: true, cache: true };

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
 * const source = tensor([[4, 5, 6], [7, 0, 0]], { dtype: "i32" });
 * const sourceMask = tensor([[1, 1, 1], [1, 0, 0]], { dtype: "u8" }); // the second source is padded
 * const memory = model.encode(source, sourceMask);
 * const logits = model.decode(tensor([[1, 2], [1, 2]], { dtype: "i32" }), memory, sourceMask);
 * logits.shape; // => [2, 2, 14]
 */
export class Seq2SeqTransformer extends Module {
  readonly config: Seq2SeqConfig;
  readonly sourceTokens: Embedding;
  readonly targetTokens: Embedding;
  readonly encoder: TransformerEncoder;
  readonly decoder: TransformerDecoder;
  readonly output: Linear;
  private readonly positions: PositionEncoding | null;

  /** @throws ArgumentError for a field that is unknown or out of range */
  constructor(config: Seq2SeqConfig, options: { readonly key: Key; readonly backend?: Backend }) {
    super();
    checkConfig(config);
    const { embedDim, maxLength } = config;
    const { key, ...where } = options;
    const std = 1 / Math.sqrt(embedDim);
    const layer = layerOf(config);
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
    const own = config.attention !== undefined && hasPositions(config.attention);
    this.positions = own ? null : new SinusoidalPositions(maxLength, embedDim);
  }

  /** Scaled embeddings with positions; see section 3.4 of the paper. */
  private embed(table: Embedding, ids: Tensor, key?: Key, start = 0): Tensor {
    const { embedDim, maxLength, dropout: p = 0 } = this.config;
    if (ids.rank !== 2 || start + ids.shape[1] > maxLength) {
      const held = start > 0 ? ` behind ${start} in the cache` : "";
      throw new ShapeError(
        `Seq2SeqTransformer: ids must be [batch, length <= maxLength ${maxLength}] (got ${ids.describe()}${held})`,
      );
    }
    const tokens = mul(table.forward(ids), Math.sqrt(embedDim));
    const x = this.positions ? this.positions.forward(tokens, start) : tokens;
    return key && p > 0 ? dropout(x, p, key) : x;
  }

  /**
   * @param source  `[B, S]`, i32
   * @param mask  u8 `[B, S]`; null, the default, if nothing is padded
   * @returns the memory, `[B, S, D]`
   */
  encode(
    source: Tensor,
    mask: Tensor | null = null,
    options: { readonly key?: Key | undefined } = {},
  ): Tensor {
    requireKnown("Seq2SeqTransformer.encode", options, { key: true });
    const { key } = options;
    return tidy(() => {
      const x = this.embed(this.sourceTokens, source, key?.fold(0));
      return this.encoder.forward(x, { mask: keyMask(mask, x), key: key?.fold(1) });
    });
  }

  /**
   * @param input  `[B, T]`, i32
   * @param memory  `[B, S, D]`
   * @param memoryMask  u8 `[B, S]`; default null
   * @param options.cache  holds the target before `input`, which is appended, and the projected memory; see `createCache`
   * @returns logits of the next token at each place, `[B, T, targetVocabSize]`
   */
  decode(
    input: Tensor,
    memory: Tensor,
    memoryMask: Tensor | null = null,
    options: DecodeOptions = {},
  ): Tensor {
    requireKnown("Seq2SeqTransformer.decode", options, decodeNames);
    const { key, cache } = options;
    return tidy(() => {
      const x = this.embed(this.targetTokens, input, key?.fold(2), cache?.length);
      const spec = { memoryMask: keyMask(memoryMask, memory), key: key?.fold(3), caches: cache?.layers };
      return this.output.forward(this.decoder.forward(x, memory, spec));
    });
  }

  /**
   * An empty cache for `decode`, of one memory: the same tensor at every call, until `reset`. Its owner disposes of it.
   *
   * @example
   * const model = new Seq2SeqTransformer(
   *   { sourceVocabSize: 9, targetVocabSize: 7, maxLength: 8, embedDim: 8, numHeads: 2, numEncoderLayers: 1, numDecoderLayers: 1 },
   *   { key: new Key(0) },
   * );
   * const memory = model.encode(tensor([[4, 5, 6]], { dtype: "i32" }), null);
   * using cache = model.createCache({ batch: 1, maxLength: 8 });
   * model.decode(tensor([[0]], { dtype: "i32" }), memory, null, { cache });
   * model.decode(tensor([[3]], { dtype: "i32" }), memory, null, { cache }).shape; // => [1, 1, 7]
   */
  createCache(options: CacheOptions): StackCache<DecoderLayerCache> {
    return this.decoder.createCache(options);
  }

  /** Where each target token looks in the source: the cross-attention weights of every decoder layer, each `[B, H, T, S]`. */
  crossWeights(batch: Omit<Seq2SeqBatch, "target">): Tensor[] {
    return tidy(() => {
      const memory = this.encode(batch.source, batch.sourceMask);
      const x = this.embed(this.targetTokens, batch.input);
      return this.decoder.crossWeights(x, memory, { memoryMask: keyMask(batch.sourceMask, memory) });
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
    const { targetVocabSize } = this.config;
    return tidy(() => {
      const rows = reshape(logits, [logits.size / targetVocabSize, targetVocabSize]);
      return crossEntropy(rows, reshape(target, [target.size]), { ignoreIndex: IGNORE_INDEX });
    });
  }
}

/** The layers on both sides. */
function layerOf(config: Seq2SeqConfig): TransformerLayerConfig {
  const { embedDim, numHeads, feedForwardDim = 4 * embedDim, activation = "relu" } = config;
  const { normFirst = false, dropout: p = 0, attention } = config;
  const layer = { embedDim, numHeads, feedForwardDim, activation, normFirst, dropout: p };
  return attention === undefined ? layer : { ...layer, attention };
}

function checkConfig(config: Seq2SeqConfig): void {
  const owner = "Seq2SeqTransformer";
  requireKnown(owner, config, configNames);
  for (const name of [
    "sourceVocabSize",
    "targetVocabSize",
    "maxLength",
    "numEncoderLayers",
    "numDecoderLayers",
  ] as const) {
    requirePositiveInteger(owner, name, config[name]);
  }
  checkLayerConfig(owner, layerOf(config));
}

/** Which of the elements of x `[B, S, D]` every head and query may see: `[B, S] -> [B, 1, 1, S]`. */
function keyMask(mask: Tensor | null, x: Tensor): Tensor | null {
  if (mask === null) return null;
  const [B, S] = x.shape;
  if (mask.rank !== 2 || mask.shape[0] !== B || mask.shape[1] !== S) {
    throw new ShapeError(
      `Seq2SeqTransformer: the mask must be [${B},${S}], as the source (got ${mask.describe()})`,
    );
  }
  return reshape(mask, [B, 1, 1, S]);
}
