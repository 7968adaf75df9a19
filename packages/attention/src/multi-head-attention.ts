import {
  ArgumentError,
  type Backend,
  isFloat,
  type Key,
  type OptionNames,
  permute,
  requireDropout,
  requireKnown,
  requirePositiveInteger,
  reshape,
  ShapeError,
  type Tensor,
  tidy,
} from "@saccade/core";
import { type Initializer, init, Linear, Module } from "@saccade/core/nn";
import type { CrossAttentionCache } from "./cache/cross-attention-cache.ts";
import type { CacheOptions, KeysAndValues, KeyValueCache } from "./cache/key-value-cache.ts";
import { StaticKeyValueCache } from "./cache/static-key-value-cache.ts";
import { attention, attentionWeights } from "./scaled-dot-product/attention.ts";
import { attendingAs } from "./scaled-dot-product/attention-hooks.ts";
import type { AttentionSpec } from "./scaled-dot-product/attention-spec.ts";

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

const configNames: OptionNames<MultiHeadAttentionConfig> = {
  embedDim: true,
  numHeads: true,
  numKeyValueHeads: true,
  keyDim: true,
  valueDim: true,
  bias: true,
  dropout: true,
};

const cacheNames: OptionNames<CacheOptions> = { batch: true, maxLength: true };

/** What `forward` takes beside the sequences. */
export interface MultiHeadOptions extends Omit<AttentionSpec, "dropout"> {
  /** Turns dropout on. */
  readonly key?: Key | undefined;
}

/** What self-attention takes beside the sequence. */
export interface SelfAttentionOptions extends MultiHeadOptions {
  /** Holds what came before x: x is appended, and attends to all that is held then. Needs `causal: true`. */
  readonly cache?: KeyValueCache | undefined;
}

/** What cross-attention takes beside the sequences. */
export interface CrossAttentionOptions extends MultiHeadOptions {
  /** Holds the projected keys and values: they are computed at the first call. */
  readonly cache?: CrossAttentionCache | undefined;
}

/**
 * Multi-head attention: `concat(head_1 .. head_H) W_o`, `head_i = attention(x W_q^i, m W_k^i, m W_v^i)`.
 *
 * `forward` is self-attention, `cross` attends to another sequence. Weights begin Xavier-uniform, biases at zero.
 *
 * @see Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2; Ainslie et al. 2023, arXiv:2305.13245 for shared key heads
 * @example
 * const mha = new MultiHeadAttention({ embedDim: 16, numHeads: 4 }, { key: new Key(0) });
 * const sequence = randn(new Key(1), [2, 5, 16]);
 * const memory = randn(new Key(2), [2, 7, 16]);
 * mha.forward(sequence, { causal: true }).shape; // => [2, 5, 16]
 * mha.cross(sequence, memory).shape; // => [2, 5, 16]
 * mha.weights(sequence, memory).shape; // => [2, 4, 5, 7]
 */
export class MultiHeadAttention extends Module {
  readonly config: MultiHeadAttentionConfig;
  readonly queryProjection: Linear;
  readonly keyProjection: Linear;
  readonly valueProjection: Linear;
  readonly outProjection: Linear;

  /** @throws ArgumentError if heads do not divide the width, key/value heads the heads, or a value is out of range */
  constructor(config: MultiHeadAttentionConfig, options: { readonly key: Key; readonly backend?: Backend }) {
    super();
    checkConfig(config);
    const { embedDim, numHeads, bias = true } = config;
    const { numKeyValueHeads = numHeads, keyDim = embedDim, valueDim = embedDim } = config;
    const { key, ...where } = options;
    const weightInit: Initializer = (k, shape, at) => init.xavierUniform(k, shape, 1, at);
    const project = (index: number, from: number, to: number): Linear =>
      new Linear(from, to, { ...where, key: key.fold(index), bias, weightInit, biasInit: init.zero });
    const keyWidth = (embedDim / numHeads) * numKeyValueHeads;
    this.config = config;
    this.queryProjection = project(0, embedDim, embedDim);
    this.keyProjection = project(1, keyDim, keyWidth);
    this.valueProjection = project(2, valueDim, keyWidth);
    this.outProjection = project(3, embedDim, embedDim);
  }

  /**
   * Self-attention.
   *
   * @param x  `[B, T, D]`
   * @param options  how to attend; masks and biases broadcast to `[B, H, T, T]`, with a cache to `[B, H, T, S]`, S what it
   *   holds then
   * @returns `[B, T, D]`
   * @throws ArgumentError for a cache without `causal: true`; what `append` of the cache throws. The cache is then as it was.
   */
  forward(x: Tensor, options: SelfAttentionOptions = {}): Tensor {
    const { cache, ...how } = options;
    return tidy(() => {
      const q = this.heads(this.queryProjection, x);
      const own = this.keysAndValues(x, x);
      if (cache === undefined) return this.attend(q, own, how);
      if (how.causal !== true) {
        throw new ArgumentError("MultiHeadAttention: a cache holds what came before, and needs causal: true");
      }
      const before = cache.length;
      const held = cache.append(own.keys, own.values);
      try {
        return this.attend(q, held, how);
      } catch (error) {
        cache.truncate(before);
        throw error;
      }
    });
  }

  /**
   * Cross-attention.
   *
   * @param x  queries, `[B, T, D]`
   * @param keys  `[B, S, keyDim]`
   * @param values  `[B, S, valueDim]`; default `keys`
   * @param options  how to attend; masks and biases broadcast to `[B, H, T, S]`
   * @returns `[B, T, D]`
   * @throws ArgumentError if a cache holds other keys and values
   */
  cross(x: Tensor, keys: Tensor, values: Tensor = keys, options: CrossAttentionOptions = {}): Tensor {
    const { cache, ...how } = options;
    return tidy(() => {
      const q = this.heads(this.queryProjection, x);
      const project = (): KeysAndValues => this.keysAndValues(keys, values);
      return this.attend(q, cache ? cache.resolve(keys, values, project) : project(), how);
    });
  }

  /**
   * An empty cache for `forward`, in the dtype of the weights and where they live; its owner disposes of it.
   *
   * @example
   * const mha = new MultiHeadAttention({ embedDim: 16, numHeads: 4 }, { key: new Key(0) });
   * const sequence = randn(new Key(1), [2, 5, 16]);
   * using cache = mha.createCache({ batch: 2, maxLength: 8 });
   * mha.forward(sequence.narrow(1, 0, 4), { causal: true, cache });
   * const last = mha.forward(sequence.narrow(1, 4, 1), { causal: true, cache });
   * const whole = mha.forward(sequence, { causal: true });
   * await last.sub(whole.narrow(1, 4, 1)).abs().amax().item() < 1e-6; // => true
   */
  createCache(options: CacheOptions): StaticKeyValueCache {
    requireKnown("MultiHeadAttention.createCache", options, cacheNames);
    const { batch, maxLength } = options;
    const { embedDim, numHeads, numKeyValueHeads: heads = numHeads } = this.config;
    const { dtype, backend } = floatOf(this);
    const width = embedDim / numHeads;
    return new StaticKeyValueCache({ batch, maxLength, heads, width, dtype, backend });
  }

  /**
   * What each head of `cross(x, keys)` attends with.
   *
   * @param x  `[B, T, D]`
   * @param keys  `[B, S, keyDim]`; default `x`
   * @returns `[B, H, T, S]`, rows that sum to 1 (0 where nothing may be attended)
   */
  weights(x: Tensor, keys: Tensor = x, options: Omit<MultiHeadOptions, "key"> = {}): Tensor {
    return tidy(() =>
      attentionWeights(this.heads(this.queryProjection, x), this.heads(this.keyProjection, keys), options),
    );
  }

  private keysAndValues(keys: Tensor, values: Tensor): KeysAndValues {
    return {
      keys: this.heads(this.keyProjection, keys),
      values: this.heads(this.valueProjection, values),
    };
  }

  /** `[B, H, T, E] -> [B, T, D]` */
  private attend(q: Tensor, { keys, values }: KeysAndValues, options: MultiHeadOptions): Tensor {
    const { key, ...spec } = options;
    const p = this.config.dropout ?? 0;
    const how = key && p > 0 ? { ...spec, dropout: { p, key } } : spec;
    const attended = attendingAs(this, () => attention(q, keys, values, how));
    return this.outProjection.forward(mergeHeads(attended));
  }

  /** `[B, T, in] -> [B, heads, T, E]`: projected, and seen head by head without a copy. */
  private heads(projection: Linear, x: Tensor): Tensor {
    if (x.rank !== 3) {
      throw new ShapeError(
        `MultiHeadAttention: sequences must be [batch, length, width] (got ${x.describe()})`,
      );
    }
    const [B, T] = x.shape;
    const E = this.config.embedDim / this.config.numHeads;
    const projected = projection.forward(x);
    return permute(reshape(projected, [B, T, projected.shape[2] / E, E]), [0, 2, 1, 3]);
  }
}

/** A float of the module's: its projections may be quantized. */
function floatOf(module: Module): Tensor {
  for (const [, tensor] of module.namedTensors()) if (isFloat(tensor.dtype)) return tensor;
  throw new ArgumentError("MultiHeadAttention: no tensor is float");
}

/** `[B, H, T, E] -> [B, T, H E]`. */
function mergeHeads(x: Tensor): Tensor {
  const [B, H, T, E] = x.shape;
  return reshape(permute(x, [0, 2, 1, 3]), [B, T, H * E]);
}

function checkConfig(config: MultiHeadAttentionConfig): void {
  const owner = "MultiHeadAttention";
  requireKnown(owner, config, configNames);
  for (const name of ["embedDim", "numHeads", "numKeyValueHeads", "keyDim", "valueDim"] as const) {
    const value = config[name];
    if (value !== undefined || name === "embedDim" || name === "numHeads") {
      requirePositiveInteger(owner, name, Number(value));
    }
  }
  requireDropout(owner, "dropout", config.dropout ?? 0);
  const { embedDim, numHeads, numKeyValueHeads = numHeads } = config;
  if (embedDim % numHeads !== 0) {
    throw new ArgumentError(`${owner}: embedDim ${embedDim} is not a multiple of numHeads ${numHeads}`);
  }
  if (numHeads % numKeyValueHeads !== 0) {
    throw new ArgumentError(
      `${owner}: numHeads ${numHeads} is not a multiple of numKeyValueHeads ${numKeyValueHeads}`,
    );
  }
}
