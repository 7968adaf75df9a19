import { MultiHeadAttention } from "@saccade/attention";
import { type Key, type Tensor, tidy } from "@saccade/core";
import { LayerNorm, Module } from "@saccade/core/nn";
import { FeedForward } from "./feed-forward.ts";
import type { ModuleOptions, StackConfig, TransformerLayerConfig } from "./layer-config.ts";
import { type ResidualConfig, residual } from "./residual.ts";

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

/**
 * A Transformer encoder layer: self-attention, then feed-forward, each in a normalised residual.
 *
 * @see Vaswani et al. 2017, arXiv:1706.03762, section 3.1
 * @example
 * const layer = new TransformerEncoderLayer({ embedDim: 8, numHeads: 2 }, { key: new Key(0) });
 * const y = layer.forward(zeros([2, 5, 8]));
 */
export class TransformerEncoderLayer extends Module {
  readonly selfAttention: MultiHeadAttention;
  readonly feedForward: FeedForward;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  private readonly shared: ResidualConfig;

  constructor(config: TransformerLayerConfig, options: ModuleOptions) {
    super();
    const {
      embedDim,
      numHeads,
      bias = true,
      dropout = 0,
      layerNormEps: eps = 1e-5,
      activation = "relu",
    } = config;
    const { key, ...where } = options;
    const norm = { eps, bias, ...where };
    this.selfAttention = new MultiHeadAttention(
      { embedDim, numHeads, bias, dropout },
      { key: key.fold(0), ...where },
    );
    this.feedForward = new FeedForward(
      { embedDim, hiddenDim: config.feedForwardDim ?? 4 * embedDim, activation, bias, dropout },
      { key: key.fold(1), ...where },
    );
    this.norm1 = new LayerNorm(embedDim, norm);
    this.norm2 = new LayerNorm(embedDim, norm);
    this.shared = { normFirst: config.normFirst ?? false, dropout };
  }

  /** @param x  `[B, T, D]` @returns `[B, T, D]` */
  forward(x: Tensor, options: EncoderOptions = {}): Tensor {
    const { key, ...spec } = options;
    return tidy(() => {
      const attended = residual(
        x,
        this.norm1,
        (y) => this.selfAttention.forward(y, { ...spec, key: key?.fold(0) }),
        this.shared,
        key?.fold(1),
      );
      return residual(
        attended,
        this.norm2,
        (y) => this.feedForward.forward(y, { key: key?.fold(2) }),
        this.shared,
        key?.fold(3),
      );
    });
  }
}

/**
 * A stack of encoder layers, and a last normalisation where layers normalise first.
 *
 * @example
 * const encoder = new TransformerEncoder({ embedDim: 8, numHeads: 2, numLayers: 2, normFirst: true }, { key: new Key(0) });
 * const y = encoder.forward(zeros([2, 5, 8]));
 */
export class TransformerEncoder extends Module {
  readonly layers: readonly TransformerEncoderLayer[];
  readonly norm: LayerNorm | null;

  constructor(config: StackConfig, options: ModuleOptions) {
    super();
    const { numLayers, finalNorm = config.normFirst ?? false, ...layer } = config;
    const { key, ...where } = options;
    this.layers = Array.from(
      { length: numLayers },
      (_, i) => new TransformerEncoderLayer(layer, { key: key.fold(i), ...where }),
    );
    const norm = { eps: config.layerNormEps ?? 1e-5, bias: config.bias ?? true, ...where };
    this.norm = finalNorm ? new LayerNorm(config.embedDim, norm) : null;
  }

  /** @param x  `[B, T, D]` @returns `[B, T, D]` */
  forward(x: Tensor, options: EncoderOptions = {}): Tensor {
    return tidy(() => {
      const { key, ...spec } = options;
      const y = this.layers.reduce((h, layer, i) => layer.forward(h, { ...spec, key: key?.fold(i) }), x);
      return this.norm ? this.norm.forward(y) : y;
    });
  }
}
