import type {
  AttentionSpec,
  CacheOptions,
  KeyValueCache,
  MultiHeadAttention,
  RotaryTables,
} from "@saccade/attention";
import { type Key, type OptionNames, requireKnown, type Tensor, tidy } from "@saccade/core";
import { type LayerNorm, Module } from "@saccade/core/nn";
import { allOrNone } from "../cache/all-or-none.ts";
import { makeStackCache, type StackCache } from "../cache/stack-cache.ts";
import type { FeedForward } from "./feed-forward.ts";
import {
  checkLayerConfig,
  checkStackConfig,
  type ModuleOptions,
  type StackConfig,
  type TransformerLayerConfig,
} from "./layer-config.ts";
import { layerParts } from "./layer-parts.ts";
import { residual } from "./residual.ts";
import { callSpec, sharedTables } from "./self-attention-config.ts";
import { makeStack } from "./stack.ts";

/** What a layer takes. With a cache, masks and biases broadcast to `[B, H, T, S]`, S what it holds behind the call. */
export interface EncoderLayerOptions extends Pick<AttentionSpec, "lengths" | "cuSeqlens"> {
  /** u8, broadcasting to `[B, H, T, T]`: 1 = may attend. Padding is `[B, 1, 1, T]`. */
  readonly mask?: Tensor | null;
  /** Float, broadcasting to `[B, H, T, T]`: added to the scores. */
  readonly bias?: Tensor | null;
  /** Each element sees only itself and those before. Default false. */
  readonly causal?: boolean;
  /** Turns dropout on. */
  readonly key?: Key | undefined;
  /** Holds what came before x, which is appended. Needs `causal: true`. */
  readonly cache?: KeyValueCache | undefined;
  /** Of rotary positions, as a stack makes them once for all its layers. */
  readonly rotaryTables?: RotaryTables | null | undefined;
}

/** What a stack takes. */
export interface EncoderOptions extends Omit<EncoderLayerOptions, "cache" | "rotaryTables"> {
  /** Hold what came before x: one per layer. Need `causal: true`. */
  readonly caches?: readonly KeyValueCache[] | undefined;
}

const specNames = {
  mask: true,
  bias: true,
  causal: true,
  lengths: true,
  cuSeqlens: true,
  key: true,
} as const;
const layerNames: OptionNames<EncoderLayerOptions> = { ...specNames, cache: true, rotaryTables: true };
const stackNames: OptionNames<EncoderOptions> = { ...specNames, caches: true };

/**
 * A Transformer encoder layer: self-attention, then feed-forward, each in a normalised residual.
 *
 * @see Vaswani et al. 2017, arXiv:1706.03762, section 3.1
 * @example
 * const layer = new TransformerEncoderLayer({ embedDim: 8, numHeads: 2 }, { key: new Key(0) });
 * layer.forward(zeros([2, 5, 8]), { causal: true }).shape; // => [2, 5, 8]
 */
export class TransformerEncoderLayer extends Module {
  readonly config: TransformerLayerConfig;
  readonly selfAttention: MultiHeadAttention;
  readonly feedForward: FeedForward;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;

  /** @throws ArgumentError for a field that is unknown or out of range */
  constructor(config: TransformerLayerConfig, options: ModuleOptions) {
    super();
    checkLayerConfig("TransformerEncoderLayer", config);
    const parts = layerParts(config, options);
    this.config = config;
    this.selfAttention = parts.attention(0, "encoder");
    this.feedForward = parts.feedForward(1);
    this.norm1 = parts.norm();
    this.norm2 = parts.norm();
  }

  /** @param x  `[B, T, D]` @returns `[B, T, D]` */
  forward(x: Tensor, options: EncoderLayerOptions = {}): Tensor {
    requireKnown("TransformerEncoderLayer", options, layerNames);
    const { key, ...spec } = options;
    const how = { ...callSpec(this.config.attention ?? {}), ...spec, key: key?.fold(0) };
    const attend = (y: Tensor): Tensor => this.selfAttention.forward(y, how);
    const think = (y: Tensor): Tensor => this.feedForward.forward(y, { key: key?.fold(2) });
    return tidy(() => {
      const attended = residual(x, this.norm1, attend, this.config, key?.fold(1));
      return residual(attended, this.norm2, think, this.config, key?.fold(3));
    });
  }
}

/**
 * A stack of encoder layers, and a last normalisation where layers normalise first.
 *
 * @example
 * const encoder = new TransformerEncoder({ embedDim: 8, numHeads: 2, numLayers: 2, normFirst: true }, { key: new Key(0) });
 * encoder.forward(zeros([2, 5, 8])).shape; // => [2, 5, 8]
 */
export class TransformerEncoder extends Module {
  readonly layers: readonly TransformerEncoderLayer[];
  readonly norm: LayerNorm | null;

  /** @throws ArgumentError for a field that is unknown or out of range */
  constructor(config: StackConfig, options: ModuleOptions) {
    super();
    checkStackConfig("TransformerEncoder", config);
    const { layers, norm } = makeStack(
      config,
      options,
      (layer, at) => new TransformerEncoderLayer(layer, at),
    );
    this.layers = layers;
    this.norm = norm;
  }

  /**
   * @param x  `[B, T, D]`
   * @returns `[B, T, D]`
   * @throws ArgumentError unless caches are as many as layers and equally long. What throws leaves them as they were.
   */
  forward(x: Tensor, options: EncoderOptions = {}): Tensor {
    requireKnown("TransformerEncoder", options, stackNames);
    const { key, caches, ...spec } = options;
    const { layers } = this;
    return allOrNone("TransformerEncoder", layers.length, caches, () =>
      tidy(() => {
        const tables = sharedTables(layers, x, caches?.[0]?.length ?? 0);
        const y = layers.reduce((h, layer, i) => {
          const own = { key: key?.fold(i), cache: caches?.[i], rotaryTables: tables[i] };
          return layer.forward(h, { ...spec, ...own });
        }, x);
        return this.norm ? this.norm.forward(y) : y;
      }),
    );
  }

  /**
   * Empty caches for a causal `forward`; their owner disposes of them.
   *
   * @example
   * const config = { embedDim: 8, numHeads: 2, numLayers: 2, normFirst: true };
   * const stack = new TransformerEncoder(config, { key: new Key(0) });
   * using cache = stack.createCache({ batch: 2, maxLength: 16 });
   * stack.forward(zeros([2, 5, 8]), { causal: true, caches: cache.layers });
   * cache.length; // => 5
   */
  createCache(options: CacheOptions): StackCache<KeyValueCache> {
    return makeStackCache(this.layers, ({ selfAttention }) => selfAttention.createCache(options));
  }
}
