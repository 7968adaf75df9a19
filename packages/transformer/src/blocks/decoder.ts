import type {
  AttentionSpec,
  CacheOptions,
  CuSeqlens,
  Integers,
  MultiHeadAttention,
  RotaryTables,
} from "@saccade/attention";
import { ArgumentError, type Key, type OptionNames, requireKnown, type Tensor, tidy } from "@saccade/core";
import { type LayerNorm, Module } from "@saccade/core/nn";
import { allOrNone } from "../cache/all-or-none.ts";
import { DecoderLayerCache } from "../cache/decoder-layer-cache.ts";
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

/** How a decoder attends. With a cache, masks and biases of the target are for T new elements over all that it holds. */
interface DecoderSpec {
  /** Each element sees only itself and those before. Default true. */
  readonly causal?: boolean;
  /** u8, broadcasting to `[B, H, T, T]`: 1 = may attend. */
  readonly mask?: Tensor | null;
  /** Float, broadcasting to `[B, H, T, T]`: added to the scores. */
  readonly bias?: Tensor | null;
  /** u8, broadcasting to `[B, H, T, S]`: which of the memory may be attended. Padding is `[B, 1, 1, S]`. */
  readonly memoryMask?: Tensor | null;
  /** Float, broadcasting to `[B, H, T, S]`: added to the scores of the memory. */
  readonly memoryBias?: Tensor | null;
  /** `[B]`: how much of each target there is; behind it is padding. */
  readonly lengths?: Integers | undefined;
  /** `[B]`: how much of each memory there is. */
  readonly memoryLengths?: Integers | undefined;
  /** `[N + 1]`: where targets begin and end that lie one behind the other in one batch item. With `memoryCuSeqlens`. */
  readonly cuSeqlens?: Integers | undefined;
  /** `[N + 1]`: where their memories begin and end. */
  readonly memoryCuSeqlens?: Integers | undefined;
}

/** What a layer takes. */
export interface DecoderLayerOptions extends DecoderSpec {
  /** Turns dropout on. */
  readonly key?: Key | undefined;
  /** Holds what came before x, which is appended, and the memory's projections. */
  readonly cache?: DecoderLayerCache | undefined;
  /** Of rotary positions, as a stack makes them once for all its layers. */
  readonly rotaryTables?: RotaryTables | null | undefined;
}

/** What a stack takes. */
export interface DecoderOptions extends DecoderSpec {
  /** Turns dropout on. */
  readonly key?: Key | undefined;
  /** Hold what came before x, and the memory's projections: one per layer. */
  readonly caches?: readonly DecoderLayerCache[] | undefined;
}

const specNames: OptionNames<DecoderSpec> = {
  causal: true,
  mask: true,
  bias: true,
  memoryMask: true,
  memoryBias: true,
  lengths: true,
  memoryLengths: true,
  cuSeqlens: true,
  memoryCuSeqlens: true,
};
const layerNames: OptionNames<DecoderLayerOptions> = {
  ...specNames,
  key: true,
  cache: true,
  rotaryTables: true,
};
const stackNames: OptionNames<DecoderOptions> = { ...specNames, key: true, caches: true };

/**
 * A Transformer decoder layer: causal self-attention, cross-attention to the memory, feed-forward.
 *
 * @see Vaswani et al. 2017, arXiv:1706.03762, section 3.1
 * @example
 * const layer = new TransformerDecoderLayer({ embedDim: 8, numHeads: 2 }, { key: new Key(0) });
 * layer.forward(zeros([2, 3, 8]), zeros([2, 5, 8])).shape; // => [2, 3, 8]
 */
export class TransformerDecoderLayer extends Module {
  readonly config: TransformerLayerConfig;
  readonly selfAttention: MultiHeadAttention;
  readonly crossAttention: MultiHeadAttention;
  readonly feedForward: FeedForward;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly norm3: LayerNorm;

  /** @throws ArgumentError for a field that is unknown or out of range */
  constructor(config: TransformerLayerConfig, options: ModuleOptions) {
    super();
    checkLayerConfig("TransformerDecoderLayer", config);
    const parts = layerParts(config, options);
    this.config = config;
    this.selfAttention = parts.attention(0, "decoder");
    this.crossAttention = parts.attention(1, "cross");
    this.feedForward = parts.feedForward(2);
    this.norm1 = parts.norm();
    this.norm2 = parts.norm();
    this.norm3 = parts.norm();
  }

  /** @param x  `[B, T, D]` @param memory  `[B, S, D]` @returns `[B, T, D]` */
  forward(x: Tensor, memory: Tensor, options: DecoderLayerOptions = {}): Tensor {
    requireKnown("TransformerDecoderLayer", options, layerNames);
    const { key, cache } = options;
    const spec = { ...this.memorySpec(options), key: key?.fold(2), cache: cache?.memory };
    const look = (y: Tensor): Tensor => this.crossAttention.cross(y, memory, memory, spec);
    const think = (y: Tensor): Tensor => this.feedForward.forward(y, { key: key?.fold(4) });
    return tidy(() => {
      const crossed = residual(this.lookBack(x, options), this.norm2, look, this.config, key?.fold(3));
      return residual(crossed, this.norm3, think, this.config, key?.fold(5));
    });
  }

  /** Where each element looks in the memory: the weights of the cross-attention, `[B, H, T, S]`. */
  crossWeights(x: Tensor, memory: Tensor, options: DecoderSpec = {}): Tensor {
    requireKnown("TransformerDecoderLayer", options, specNames);
    return tidy(() => {
      const looked = this.lookBack(x, options);
      const queries = this.config.normFirst ? this.norm2.forward(looked) : looked;
      return this.crossAttention.weights(queries, memory, this.memorySpec(options));
    });
  }

  /** How the memory is attended to. */
  private memorySpec(options: DecoderSpec): AttentionSpec {
    const { memoryMask: mask = null, memoryBias: bias = null } = options;
    const { lengths: queries, memoryLengths: keys, cuSeqlens, memoryCuSeqlens } = options;
    if ((cuSeqlens === undefined) !== (memoryCuSeqlens === undefined)) {
      throw new ArgumentError(
        `TransformerDecoderLayer: packed targets have packed memories: cuSeqlens and memoryCuSeqlens go together (got ${cuSeqlens ? "cuSeqlens" : "memoryCuSeqlens"} alone)`,
      );
    }
    const packed: CuSeqlens | undefined =
      cuSeqlens && memoryCuSeqlens ? { queries: cuSeqlens, keys: memoryCuSeqlens } : undefined;
    const lengths = { ...(queries ? { queries } : {}), ...(keys ? { keys } : {}) };
    const padded = queries || keys ? { lengths } : {};
    return { ...callSpec(this.config.attention ?? {}, "cross"), mask, bias, ...padded, cuSeqlens: packed };
  }

  /** The first sublayer: causal self-attention. */
  private lookBack(x: Tensor, options: DecoderLayerOptions): Tensor {
    const { key, cache, rotaryTables, causal = true, mask = null, bias = null } = options;
    const { lengths, cuSeqlens } = options;
    const how = { ...callSpec(this.config.attention ?? {}), causal, mask, bias, lengths, cuSeqlens };
    const spec = { ...how, rotaryTables, key: key?.fold(0), cache: cache?.self };
    const attend = (y: Tensor): Tensor => this.selfAttention.forward(y, spec);
    return residual(x, this.norm1, attend, this.config, key?.fold(1));
  }
}

/**
 * A stack of decoder layers, and a last normalisation where layers normalise first.
 *
 * @example
 * const decoder = new TransformerDecoder({ embedDim: 8, numHeads: 2, numLayers: 2 }, { key: new Key(0) });
 * decoder.forward(zeros([2, 3, 8]), zeros([2, 5, 8])).shape; // => [2, 3, 8]
 */
export class TransformerDecoder extends Module {
  readonly layers: readonly TransformerDecoderLayer[];
  readonly norm: LayerNorm | null;

  /** @throws ArgumentError for a field that is unknown or out of range */
  constructor(config: StackConfig, options: ModuleOptions) {
    super();
    checkStackConfig("TransformerDecoder", config);
    const { layers, norm } = makeStack(
      config,
      options,
      (layer, at) => new TransformerDecoderLayer(layer, at),
    );
    this.layers = layers;
    this.norm = norm;
  }

  /**
   * @param x  `[B, T, D]`
   * @param memory  `[B, S, D]`; with caches the same tensor at every call
   * @returns `[B, T, D]`
   * @throws ArgumentError unless caches are as many as layers and equally long. What throws leaves them as they were.
   */
  forward(x: Tensor, memory: Tensor, options: DecoderOptions = {}): Tensor {
    requireKnown("TransformerDecoder", options, stackNames);
    const { key, caches, ...spec } = options;
    const { layers } = this;
    return allOrNone("TransformerDecoder", layers.length, caches, () =>
      tidy(() => {
        const tables = sharedTables(layers, x, caches?.[0]?.length ?? 0);
        const y = layers.reduce((h, layer, i) => {
          const own = { key: key?.fold(i), cache: caches?.[i], rotaryTables: tables[i] };
          return layer.forward(h, memory, { ...spec, ...own });
        }, x);
        return this.norm ? this.norm.forward(y) : y;
      }),
    );
  }

  /**
   * Empty caches for `forward`; their owner disposes of them.
   *
   * @example
   * const decoder = new TransformerDecoder({ embedDim: 8, numHeads: 2, numLayers: 2 }, { key: new Key(0) });
   * const memory = zeros([2, 5, 8]);
   * using cache = decoder.createCache({ batch: 2, maxLength: 16 });
   * decoder.forward(zeros([2, 1, 8]), memory, { caches: cache.layers });
   * cache.length; // => 1
   */
  createCache(options: CacheOptions): StackCache<DecoderLayerCache> {
    return makeStackCache(
      this.layers,
      ({ selfAttention }) => new DecoderLayerCache(selfAttention.createCache(options)),
    );
  }

  /** Where each element looks in the memory: the cross-attention weights of every layer, each `[B, H, T, S]`. */
  crossWeights(x: Tensor, memory: Tensor, options: DecoderSpec = {}): Tensor[] {
    return tidy(() => {
      let h = x;
      return this.layers.map((layer) => {
        const weights = layer.crossWeights(h, memory, options);
        h = layer.forward(h, memory, options);
        return weights;
      });
    });
  }
}
