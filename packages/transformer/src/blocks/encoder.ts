import type { MultiHeadAttention } from "@saccade/attention";
import { type Key, type OptionNames, requireKnown, type Tensor, tidy } from "@saccade/core";
import { type LayerNorm, Module } from "@saccade/core/nn";
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
import { makeStack } from "./stack.ts";

export interface EncoderOptions {
  /** u8, broadcasting to `[B, H, T, T]`: 1 = may attend. Padding is `[B, 1, 1, T]`. */
  readonly mask?: Tensor | null;
  /** Float, broadcasting to `[B, H, T, T]`: added to the scores. */
  readonly bias?: Tensor | null;
  /** Each element sees only itself and those before. Default false. */
  readonly causal?: boolean;
  /** Turns dropout on. */
  readonly key?: Key | undefined;
}

const optionNames: OptionNames<EncoderOptions> = { mask: true, bias: true, causal: true, key: true };

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
    this.selfAttention = parts.attention(0);
    this.feedForward = parts.feedForward(1);
    this.norm1 = parts.norm();
    this.norm2 = parts.norm();
  }

  /** @param x  `[B, T, D]` @returns `[B, T, D]` */
  forward(x: Tensor, options: EncoderOptions = {}): Tensor {
    requireKnown("TransformerEncoderLayer", options, optionNames);
    const { key, ...spec } = options;
    const attend = (y: Tensor): Tensor => this.selfAttention.forward(y, { ...spec, key: key?.fold(0) });
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

  /** @param x  `[B, T, D]` @returns `[B, T, D]` */
  forward(x: Tensor, options: EncoderOptions = {}): Tensor {
    const { key, ...spec } = options;
    return tidy(() => {
      const y = this.layers.reduce((h, layer, i) => layer.forward(h, { ...spec, key: key?.fold(i) }), x);
      return this.norm ? this.norm.forward(y) : y;
    });
  }
}
