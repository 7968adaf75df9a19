import {
  ArgumentError,
  type Backend,
  isFloat,
  type Key,
  type OptionNames,
  permute,
  requireKey,
  requireKnown,
  requireTensors,
  reshape,
  ShapeError,
  Tensor,
  tidy,
  zeros,
} from "@saccade/core";
import { type Initializer, init, Linear, Module, Parameter, RMSNorm } from "@saccade/core/nn";
import type { CrossAttentionCache } from "./cache/cross-attention-cache.ts";
import { specForHeld } from "./cache/held-keys.ts";
import type { CacheOptions, KeysAndValues, KeyValueCache } from "./cache/key-value-cache.ts";
import { cacheDtype } from "./cache/rows.ts";
import { StaticKeyValueCache } from "./cache/static-key-value-cache.ts";
import { checkMultiHeadConfig, type MultiHeadAttentionConfig } from "./multi-head-config.ts";
import { HeadPositions, withoutPositions } from "./positions/head-positions.ts";
import type { RotaryTables } from "./positions/rotary-positions.ts";
import { attention, attentionWeights } from "./scaled-dot-product/attention.ts";
import { attendingAs } from "./scaled-dot-product/attention-hooks.ts";
import { type AttentionSpec, refuseLogSumExp } from "./scaled-dot-product/attention-spec.ts";

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
  /** Of the places of x, as `positions.tables` of a layer with the same rotary positions makes them: once for a stack. */
  readonly rotaryTables?: RotaryTables | null | undefined;
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
  /** Of `qkNorm`: `[E]` each. */
  readonly queryNorm: RMSNorm | null;
  readonly keyNorm: RMSNorm | null;
  /** Of `sinks`: `[H]` */
  readonly sinks: Parameter | null;
  /** Of `rotary`, `relativePositions`, `alibi`. */
  readonly positions: HeadPositions;

  /** @throws ArgumentError if heads do not divide the width, key/value heads the heads, or a value is out of range */
  constructor(config: MultiHeadAttentionConfig, options: { readonly key: Key; readonly backend?: Backend }) {
    super();
    checkMultiHeadConfig("MultiHeadAttention", config);
    requireKey("MultiHeadAttention", options);
    const { embedDim, numHeads, bias = true } = config;
    const { numKeyValueHeads = numHeads, keyDim = embedDim, valueDim = embedDim } = config;
    const { key, ...where } = options;
    const width = embedDim / numHeads;
    const sizes = { heads: numHeads, width, key: key.fold(4), ...where };
    this.positions = new HeadPositions("MultiHeadAttention", withoutPositions(config)[0], sizes);
    const weightInit: Initializer = (k, shape, at) => init.xavierUniform(k, shape, 1, at);
    const project = (index: number, from: number, to: number): Linear =>
      new Linear(from, to, { ...where, key: key.fold(index), bias, weightInit, biasInit: init.zero });
    const keyWidth = width * numKeyValueHeads;
    this.config = config;
    this.queryProjection = project(0, embedDim, embedDim);
    this.keyProjection = project(1, keyDim, keyWidth);
    this.valueProjection = project(2, valueDim, keyWidth);
    this.outProjection = project(3, embedDim, embedDim);
    const makeNorm = (): RMSNorm | null => (config.qkNorm ? new RMSNorm(width, where) : null);
    this.queryNorm = makeNorm();
    this.keyNorm = makeNorm();
    this.sinks = config.sinks ? new Parameter(zeros([numHeads], where)) : null;
  }

  /**
   * Self-attention.
   *
   * @param x  `[B, T, D]`
   * @param options  how to attend; masks and biases broadcast to `[B, H, T, T]`, with a cache to `[B, H, T, S]`, S what it
   *   holds then
   * @returns `[B, T, D]`
   * @throws ArgumentError for a cache without `causal: true`, or one that has forgotten what queries see; what `append` of
   *   the cache throws. The cache is then as it was.
   */
  forward(x: Tensor, options: SelfAttentionOptions = {}): Tensor {
    if (options instanceof Tensor) {
      throw new ArgumentError(
        `MultiHeadAttention: forward takes one sequence and options; cross(x, keys, values) takes more (got ${options.describe()})`,
      );
    }
    const { cache, rotaryTables, ...how } = options;
    if (cache && how.causal !== true) {
      throw new ArgumentError("MultiHeadAttention: a cache holds what came before, and needs causal: true");
    }
    this.positions.checkSpec(how);
    return tidy(() => {
      const own = this.keysAndValues(x, x);
      const start = cache?.length ?? 0;
      const { q, k } = this.positions.turn(this.queries(x), own.keys, start, rotaryTables);
      const held = cache ? cache.append(k, own.values) : { keys: k, values: own.values };
      try {
        const end = start + q.shape[2];
        const turned = this.positions.turnHeld(q, held.keys, end, rotaryTables);
        const seen = specForHeld("MultiHeadAttention", how, { q, keys: held.keys, end });
        const spec = this.positions.specOf(seen, q.shape[2], held.keys.shape[2]);
        return this.attend(turned.q, { keys: turned.k, values: held.values }, spec);
      } catch (error) {
        cache?.truncate(start);
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
   * @throws ArgumentError if a cache holds other keys and values; if the layer has positions
   */
  cross(x: Tensor, keys: Tensor, values: Tensor = keys, options: CrossAttentionOptions = {}): Tensor {
    const { cache, ...how } = options;
    this.positions.refuseCross();
    return tidy(() => {
      const q = this.queries(x);
      const project = (): KeysAndValues => this.keysAndValues(keys, values);
      return this.attend(
        q,
        cache ? cache.resolve(keys, values, project, this.memoryWeights()) : project(),
        how,
      );
    });
  }

  /**
   * An empty cache for `forward`, in the dtype of the weights (under autocast in its dtype) and where they live; its owner
   * disposes of it.
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
    return new StaticKeyValueCache({ batch, maxLength, heads, width, dtype: cacheDtype(dtype), backend });
  }

  /**
   * What each head of `cross(x, keys)` attends with.
   *
   * @param x  `[B, T, D]`
   * @param keys  `[B, S, keyDim]`; default `x`
   * @returns `[B, H, T, S]`, rows that sum to 1 (0 where nothing may be attended; less with sinks)
   * @throws ArgumentError for keys that are not x, if the layer has positions
   */
  weights(x: Tensor, keys: Tensor = x, options: Omit<MultiHeadOptions, "key"> = {}): Tensor {
    if (keys !== x) this.positions.refuseCross();
    return tidy(() => {
      const heads = { q: this.queries(x), k: this.keys(keys) };
      if (keys !== x) return attentionWeights(heads.q, heads.k, this.withSinks(options));
      const placed = this.positions.place(heads, this.withSinks(options));
      return attentionWeights(placed.heads.q, placed.heads.k, placed.spec);
    });
  }

  /** What keys and values are projected by. */
  private memoryWeights(): Tensor[] {
    const modules = [this.keyProjection, this.valueProjection, this.keyNorm];
    return modules.flatMap((module) =>
      module ? [...module.namedTensors()].map(([, tensor]) => tensor) : [],
    );
  }

  private queries(x: Tensor): Tensor {
    const q = this.heads(this.queryProjection, x);
    return this.queryNorm ? this.queryNorm.forward(q) : q;
  }

  private keys(x: Tensor): Tensor {
    const k = this.heads(this.keyProjection, x);
    return this.keyNorm ? this.keyNorm.forward(k) : k;
  }

  private keysAndValues(keys: Tensor, values: Tensor): KeysAndValues {
    return {
      keys: this.keys(keys),
      values: this.heads(this.valueProjection, values),
    };
  }

  /** `[B, H, T, E] -> [B, T, D]` */
  private attend(q: Tensor, { keys, values }: KeysAndValues, options: MultiHeadOptions): Tensor {
    const { key, ...spec } = options;
    refuseLogSumExp("MultiHeadAttention", spec);
    const p = this.config.dropout ?? 0;
    const sunk = this.withSinks(spec);
    const how = key && p > 0 ? { ...sunk, dropout: { p, key } } : sunk;
    const attended = attendingAs(this, () => attention(q, keys, values, how));
    return this.outProjection.forward(mergeHeads(attended));
  }

  /** What a call says of sinks goes before what the layer has. */
  private withSinks<Spec extends AttentionSpec>(spec: Spec): Spec {
    const sinks = spec.sinks ?? this.sinks;
    return sinks ? { ...spec, sinks } : spec;
  }

  /** `[B, T, in] -> [B, heads, T, E]`: projected, and seen head by head without a copy. */
  private heads(projection: Linear, x: Tensor): Tensor {
    requireTensors("MultiHeadAttention", { sequence: x });
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
