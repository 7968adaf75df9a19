import { type CacheOptions, type KeyValueCache, LearnedPositions } from "@saccade/attention";
import {
  ArgumentError,
  assign,
  type Backend,
  crossEntropy,
  dropout,
  fullLike,
  type Key,
  linear,
  narrow,
  type OptionNames,
  requireKnown,
  requirePositiveInteger,
  reshape,
  ShapeError,
  type Tensor,
  tidy,
} from "@saccade/core";
import { Embedding, init, Module } from "@saccade/core/nn";
import { TransformerEncoder } from "../blocks/encoder.ts";
import { checkStackConfig, type StackConfig } from "../blocks/layer-config.ts";
import type { StackCache } from "../cache/stack-cache.ts";

export interface GptConfig {
  readonly vocabSize: number;
  /** Most tokens that it sees at a time. */
  readonly contextLength: number;
  /** Width of the residual stream. */
  readonly embedDim: number;
  readonly numLayers: number;
  /** Heads of each layer; divides `embedDim`. */
  readonly numHeads: number;
  /** Where `forward` gets a key. Default 0. */
  readonly dropout?: number;
  /** Biases on projections and norms. Default true. */
  readonly bias?: boolean;
}

const configNames: OptionNames<GptConfig> = {
  vocabSize: true,
  contextLength: true,
  embedDim: true,
  numLayers: true,
  numHeads: true,
  dropout: true,
  bias: true,
};

/** What `Gpt.forward` takes beside the ids. */
export interface GptOptions {
  /** Turns dropout on. */
  readonly key?: Key | undefined;
  /** Holds the text before the ids, which are appended; see `createCache`. */
  readonly cache?: StackCache<KeyValueCache> | undefined;
  /** At "all" places (the default), or at the "last" alone, `[B, 1, vocabSize]`. */
  readonly logits?: "all" | "last" | undefined;
}

const optionNames: OptionNames<GptOptions> = { key: true, cache: true, logits: true };

/** Of `Gpt.createCache`. */
export type GptCacheOptions = Pick<CacheOptions, "batch"> & Partial<CacheOptions>;

/** Token ids `[B, T]` (i32) and what follows each; a target of -100 counts for nothing. */
export interface LanguageBatch {
  readonly input: Tensor;
  readonly target: Tensor;
}

/**
 * A decoder-only language model in the manner of GPT-2: learned positions, pre-norm layers with GELU, output weights
 * tied to the embedding. Weights begin normal with standard deviation 0.02, those into the residual stream with
 * `0.02 / sqrt(2 numLayers)`; biases begin at zero.
 *
 * @see Radford et al. 2019, Language models are unsupervised multitask learners, section 2.3
 * @example
 * const model = new Gpt(
 *   { vocabSize: 65, contextLength: 8, embedDim: 16, numLayers: 2, numHeads: 2 },
 *   { key: new Key(0) },
 * );
 * const ids = tensor([[1, 2, 3]], { dtype: "i32" });
 * model.forward(ids).shape; // => [1, 3, 65]
 */
export class Gpt extends Module {
  readonly config: GptConfig;
  readonly tokens: Embedding;
  readonly positions: LearnedPositions;
  readonly decoder: TransformerEncoder;

  /** @throws ArgumentError for a field that is unknown or out of range */
  constructor(config: GptConfig, options: { readonly key: Key; readonly backend?: Backend }) {
    super();
    checkConfig(config);
    const { vocabSize, contextLength, embedDim, numLayers } = config;
    const { key, ...where } = options;
    const normal = { std: 0.02, ...where };
    this.config = config;
    this.tokens = new Embedding(vocabSize, embedDim, { key: key.fold(0), ...normal });
    this.positions = new LearnedPositions(contextLength, embedDim, { key: key.fold(1), ...normal });
    this.decoder = new TransformerEncoder(stackOf(config), { key: key.fold(2), ...where });
    initLikeGpt2(this.decoder, key.fold(3), numLayers);
  }

  /**
   * @param ids  `[B, T]`, i32; with what the cache holds, at most contextLength of each text
   * @returns logits of the next token at each place, `[B, T, vocabSize]`; for `logits: "last"`, `[B, 1, vocabSize]`
   * @throws ShapeError if the ids are no batch, longer than the context, or do not fit the cache, which then stays as it was
   * @throws ArgumentError for an option that is unknown
   */
  forward(ids: Tensor, options: GptOptions = {}): Tensor {
    requireKnown("Gpt", options, optionNames);
    const { key, cache, logits = "all" } = options;
    const { dropout: p = 0 } = this.config;
    if (logits !== "all" && logits !== "last") {
      throw new ArgumentError(`Gpt: logits must be "all" or "last" (got ${String(logits)})`);
    }
    const start = cache?.length ?? 0;
    this.checkIds(ids, start);
    return tidy(() => {
      const embedded = this.positions.forward(this.tokens.forward(ids), start);
      const x = key && p > 0 ? dropout(embedded, p, key.fold(0)) : embedded;
      const hidden = this.decoder.forward(x, { causal: true, key: key?.fold(1), caches: cache?.layers });
      return linear(logits === "all" ? hidden : narrow(hidden, 1, ids.shape[1] - 1, 1), this.tokens.weight);
    });
  }

  /**
   * An empty cache for `forward`: `2 numLayers batch maxLength embedDim` numbers. Its owner disposes of it.
   *
   * @param options.maxLength  most tokens of each text; default `contextLength`
   * @throws ArgumentError for a size that is out of range
   */
  createCache(options: GptCacheOptions): StackCache<KeyValueCache> {
    const { contextLength } = this.config;
    const { maxLength = contextLength } = options;
    if (maxLength > contextLength) {
      throw new ArgumentError(
        `Gpt: a cache of ${maxLength} is longer than the context (contextLength ${contextLength})`,
      );
    }
    return this.decoder.createCache({ ...options, maxLength });
  }

  /**
   * Mean cross-entropy (nats per token) of the targets.
   *
   * @param options.key  turns dropout on
   */
  loss({ input, target }: LanguageBatch, options: { readonly key?: Key | undefined } = {}): Tensor {
    return tidy(() => {
      const logits = this.forward(input, options);
      const rows = reshape(logits, [input.size, this.config.vocabSize]);
      return crossEntropy(rows, reshape(target, [target.size]));
    });
  }

  private checkIds(ids: Tensor, start: number): void {
    const { contextLength } = this.config;
    if (ids.rank === 2 && start + ids.shape[1] <= contextLength) return;
    const held = start > 0 ? ` behind ${start} in the cache` : "";
    throw new ShapeError(
      `Gpt: ids must be [batch, length <= contextLength ${contextLength}] (got ${ids.describe()}${held})`,
    );
  }
}

/** The layers of a GPT. */
function stackOf(config: GptConfig): StackConfig {
  const { embedDim, numLayers, numHeads, bias = true, dropout: p = 0 } = config;
  return { embedDim, numLayers, numHeads, bias, dropout: p, activation: "gelu", normFirst: true };
}

function checkConfig(config: GptConfig): void {
  requireKnown("Gpt", config, configNames);
  requirePositiveInteger("Gpt", "vocabSize", config.vocabSize);
  requirePositiveInteger("Gpt", "contextLength", config.contextLength);
  checkStackConfig("Gpt", stackOf(config));
}

/** GPT-2's initial weights, over what the blocks began with. Norms keep their ones and zeros. */
function initLikeGpt2(decoder: TransformerEncoder, key: Key, numLayers: number): void {
  let index = 0;
  for (const [name, parameter] of decoder.namedParameters()) {
    const { rank, shape, backend } = parameter;
    const intoResidual = name.endsWith("outProjection.weight") || name.endsWith("linear2.weight");
    const std = intoResidual ? 0.02 / Math.sqrt(2 * numLayers) : 0.02;
    tidy(() => {
      if (rank === 2) assign(parameter, init.normal(key.fold(index++), shape, std, { backend }));
      else if (name.endsWith(".bias")) assign(parameter, fullLike(parameter, 0));
    });
  }
}
