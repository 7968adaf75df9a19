import { type CacheOptions, type Integers, type KeyValueCache, LearnedPositions } from "@saccade/attention";
import {
  ArgumentError,
  assign,
  type Backend,
  concat,
  crossEntropy,
  dropout,
  fullLike,
  type Key,
  linear,
  narrow,
  type OptionNames,
  requireKey,
  requireKnown,
  requirePositiveInteger,
  reshape,
  ShapeError,
  type Tensor,
  tidy,
} from "@saccade/core";
import { Embedding, init, Module } from "@saccade/core/nn";
import { type EncoderOptions, TransformerEncoder } from "../blocks/encoder.ts";
import { attentionOfLayers, checkStackConfig, isList, type StackConfig } from "../blocks/layer-config.ts";
import { hasPositions, type SelfAttentionConfig } from "../blocks/self-attention-config.ts";
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
  /**
   * How layers attend: one for all, or one for each. Where it has positions of its own (rotary, ALiBi, T5's), the model
   * has no learned ones.
   */
  readonly attention?: StackConfig["attention"];
}

const configNames: OptionNames<GptConfig> = {
  vocabSize: true,
  contextLength: true,
  embedDim: true,
  numLayers: true,
  numHeads: true,
  dropout: true,
  bias: true,
  attention: true,
};

/** What `Gpt.forward` takes beside the ids. */
export interface GptOptions extends Pick<EncoderOptions, "lengths"> {
  /** Turns dropout on. */
  readonly key?: Key | undefined;
  /** Holds the text before the ids, which are appended; see `createCache`. */
  readonly cache?: StackCache<KeyValueCache> | undefined;
  /** At "all" places (the default), or at the "last" alone, `[B, 1, vocabSize]`. */
  readonly logits?: "all" | "last" | undefined;
  /** `[N + 1]`: where texts begin and end that lie one behind the other in one batch item; each has places of its own. */
  readonly cuSeqlens?: Integers | undefined;
}

const optionNames: OptionNames<GptOptions> = {
  key: true,
  cache: true,
  logits: true,
  lengths: true,
  cuSeqlens: true,
};

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
  /** Null where attention has positions of its own. */
  readonly positions: LearnedPositions | null;
  readonly decoder: TransformerEncoder;

  /** @throws ArgumentError for a field that is unknown or out of range */
  constructor(config: GptConfig, options: { readonly key: Key; readonly backend?: Backend }) {
    super();
    checkConfig(config);
    requireKey("Gpt", options);
    const { vocabSize, contextLength, embedDim, numLayers } = config;
    const { key, ...where } = options;
    const normal = { std: 0.02, ...where };
    this.config = config;
    this.tokens = new Embedding(vocabSize, embedDim, { key: key.fold(0), ...normal });
    const own = attentionOfLayers(stackOf(config)).some((it) => it !== undefined && hasPositions(it));
    this.positions = own
      ? null
      : new LearnedPositions(contextLength, embedDim, { key: key.fold(1), ...normal });
    this.decoder = new TransformerEncoder(stackOf(config), { key: key.fold(2), ...where });
    initLikeGpt2(this.decoder, key.fold(3), numLayers);
  }

  /**
   * @param ids  `[B, T]`, i32; with what the cache holds, at most contextLength of each text
   * @param options.lengths  `[B]`: how much of each text there is; behind it is padding
   * @returns logits of the next token at each place, `[B, T, vocabSize]`; for `logits: "last"`, `[B, 1, vocabSize]`
   * @throws ShapeError if the ids are no batch, longer than the context, or do not fit the cache, which then stays as it was
   * @throws ArgumentError for an option that is unknown
   */
  forward(ids: Tensor, options: GptOptions = {}): Tensor {
    requireKnown("Gpt", options, optionNames);
    const { key, cache, logits = "all", lengths, cuSeqlens } = options;
    const { dropout: p = 0 } = this.config;
    if (logits !== "all" && logits !== "last") {
      throw new ArgumentError(`Gpt: logits must be "all" or "last" (got ${String(logits)})`);
    }
    const start = cache?.length ?? 0;
    this.checkIds(ids, start, cuSeqlens);
    return tidy(() => {
      const embedded = this.embed(ids, start, cuSeqlens);
      const x = key && p > 0 ? dropout(embedded, p, key.fold(0)) : embedded;
      const spec = { causal: true, lengths, cuSeqlens };
      const hidden = this.decoder.forward(x, { ...spec, key: key?.fold(1), caches: cache?.layers });
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

  /** Tokens, with their places where attention does not tell these: packed texts each begin at 0. */
  private embed(ids: Tensor, start: number, cuSeqlens: Integers | undefined): Tensor {
    const tokens = this.tokens.forward(ids);
    const { positions } = this;
    if (positions === null) return tokens;
    if (cuSeqlens === undefined) return positions.forward(tokens, start);
    const parts = Array.from(cuSeqlens.slice(1), (end, n) => {
      const begin = cuSeqlens[n];
      return positions.forward(narrow(tokens, 1, begin, end - begin));
    });
    return concat(parts, 1);
  }

  private checkIds(ids: Tensor, start: number, cuSeqlens: Integers | undefined): void {
    const { contextLength } = this.config;
    if (ids.rank === 2 && cuSeqlens) requirePacked(ids, start, cuSeqlens);
    const longest = cuSeqlens
      ? Math.max(...Array.from(cuSeqlens, (end, n) => end - (n > 0 ? cuSeqlens[n - 1] : 0)))
      : ids.shape[1];
    if (ids.rank === 2 && start + longest <= contextLength) return;
    const held = start > 0 ? ` behind ${start} in the cache` : "";
    throw new ShapeError(
      `Gpt: ids must be [batch, length <= contextLength ${contextLength}] (got ${ids.describe()}${held})`,
    );
  }
}

/** The layers of a GPT. */
function stackOf(config: GptConfig): StackConfig {
  const { embedDim, numLayers, numHeads, bias = true, dropout: p = 0, attention } = config;
  const stack = {
    embedDim,
    numLayers,
    numHeads,
    bias,
    dropout: p,
    activation: "gelu",
    normFirst: true,
  } as const;
  return attention === undefined
    ? stack
    : { ...stack, attention: isList(attention) ? attention.map(lookingBack) : lookingBack(attention) };
}

/** Nothing stands behind the own place: buckets are for what came before. */
function lookingBack({ relativeAttention, ...rest }: SelfAttentionConfig): SelfAttentionConfig {
  if (relativeAttention === undefined) return rest;
  return { ...rest, relativeAttention: { bidirectional: false, ...relativeAttention } };
}

/** @throws ArgumentError unless they are where texts of one batch item begin and end, with none before */
function requirePacked(ids: Tensor, start: number, cuSeqlens: Integers): void {
  const [batch, T] = ids.shape;
  const rising = cuSeqlens.every((end, n) => n === 0 || end >= cuSeqlens[n - 1]);
  const whole = cuSeqlens.length > 1 && cuSeqlens[0] === 0 && cuSeqlens[cuSeqlens.length - 1] === T;
  if (batch !== 1 || !rising || !whole) {
    throw new ArgumentError(
      `Gpt: cuSeqlens must rise from 0 to the length of one batch item (got [${cuSeqlens.join(", ")}] for ${ids.describe()})`,
    );
  }
  if (start > 0) {
    throw new ArgumentError(`Gpt: packed texts do not go on behind a cache (got ${start} elements in it)`);
  }
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
