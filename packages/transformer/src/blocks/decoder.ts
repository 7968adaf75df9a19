import { MultiHeadAttention } from "@saccade/attention";
import { type Key, type Tensor, tidy } from "@saccade/core";
import { LayerNorm, Module } from "@saccade/core/nn";
import { FeedForward } from "./feed-forward.ts";
import type { ModuleOptions, StackConfig, TransformerLayerConfig } from "./layer-config.ts";
import { type ResidualConfig, residual } from "./residual.ts";

export interface DecoderOptions {
  /** Each element sees only itself and those before. Default true. */
  readonly causal?: boolean;
  /** u8, broadcasting to `[B, H, T, T]`: 1 = may attend. */
  readonly mask?: Tensor | null;
  /** Float, broadcasting to `[B, H, T, T]`. */
  readonly bias?: Tensor | null;
  /** u8, broadcasting to `[B, H, T, S]`: which of the memory may be attended. Padding is `[B, 1, 1, S]`. */
  readonly memoryMask?: Tensor | null;
  /** Float, broadcasting to `[B, H, T, S]`. */
  readonly memoryBias?: Tensor | null;
  /** Turns dropout on. */
  readonly key?: Key | undefined;
}

/**
 * A Transformer decoder layer: causal self-attention, cross-attention to the memory, feed-forward.
 *
 * @see Vaswani et al. 2017, arXiv:1706.03762, section 3.1
 * @example
 * const layer = new TransformerDecoderLayer({ embedDim: 8, numHeads: 2 }, { key: new Key(0) });
 * const y = layer.forward(zeros([2, 3, 8]), zeros([2, 5, 8])); // [2, 3, 8]
 */
export class TransformerDecoderLayer extends Module {
  readonly selfAttention: MultiHeadAttention;
  readonly crossAttention: MultiHeadAttention;
  readonly feedForward: FeedForward;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly norm3: LayerNorm;
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
    this.crossAttention = new MultiHeadAttention(
      { embedDim, numHeads, bias, dropout },
      { key: key.fold(1), ...where },
    );
    this.feedForward = new FeedForward(
      { embedDim, hiddenDim: config.feedForwardDim ?? 4 * embedDim, activation, bias, dropout },
      { key: key.fold(2), ...where },
    );
    this.norm1 = new LayerNorm(embedDim, norm);
    this.norm2 = new LayerNorm(embedDim, norm);
    this.norm3 = new LayerNorm(embedDim, norm);
    this.shared = { normFirst: config.normFirst ?? false, dropout };
  }

  /** @param x  `[B, T, D]` @param memory  `[B, S, D]` @returns `[B, T, D]` */
  forward(x: Tensor, memory: Tensor, options: DecoderOptions = {}): Tensor {
    const { key, memoryMask = null, memoryBias = null } = options;
    return tidy(() => {
      const looked = this.lookBack(x, options);
      const crossed = residual(
        looked,
        this.norm2,
        (y) =>
          this.crossAttention.cross(y, memory, memory, {
            mask: memoryMask,
            bias: memoryBias,
            key: key?.fold(2),
          }),
        this.shared,
        key?.fold(3),
      );
      return residual(
        crossed,
        this.norm3,
        (y) => this.feedForward.forward(y, { key: key?.fold(4) }),
        this.shared,
        key?.fold(5),
      );
    });
  }

  /** Where each element looks in the memory: the weights of the cross-attention, `[B, H, T, S]`. */
  crossWeights(x: Tensor, memory: Tensor, options: Omit<DecoderOptions, "key"> = {}): Tensor {
    const { memoryMask = null, memoryBias = null } = options;
    return tidy(() => {
      const looked = this.lookBack(x, options);
      const queries = this.shared.normFirst ? this.norm2.forward(looked) : looked;
      return this.crossAttention.weights(queries, memory, { mask: memoryMask, bias: memoryBias });
    });
  }

  /** The first sublayer: causal self-attention. */
  private lookBack(x: Tensor, { key, causal = true, mask = null, bias = null }: DecoderOptions): Tensor {
    const attend = (y: Tensor): Tensor =>
      this.selfAttention.forward(y, { causal, mask, bias, key: key?.fold(0) });
    return residual(x, this.norm1, attend, this.shared, key?.fold(1));
  }
}

/**
 * A stack of decoder layers, and a last normalisation where layers normalise first.
 *
 * @example
 * const decoder = new TransformerDecoder({ embedDim: 8, numHeads: 2, numLayers: 2 }, { key: new Key(0) });
 * const y = decoder.forward(zeros([2, 3, 8]), zeros([2, 5, 8])); // [2, 3, 8]
 */
export class TransformerDecoder extends Module {
  readonly layers: readonly TransformerDecoderLayer[];
  readonly norm: LayerNorm | null;

  constructor(config: StackConfig, options: ModuleOptions) {
    super();
    const { numLayers, finalNorm = config.normFirst ?? false, ...layer } = config;
    const { key, ...where } = options;
    this.layers = Array.from(
      { length: numLayers },
      (_, i) => new TransformerDecoderLayer(layer, { key: key.fold(i), ...where }),
    );
    const norm = { eps: config.layerNormEps ?? 1e-5, bias: config.bias ?? true, ...where };
    this.norm = finalNorm ? new LayerNorm(config.embedDim, norm) : null;
  }

  /** @param x  `[B, T, D]` @param memory  `[B, S, D]` @returns `[B, T, D]` */
  forward(x: Tensor, memory: Tensor, options: DecoderOptions = {}): Tensor {
    return tidy(() => {
      const { key, ...spec } = options;
      const y = this.layers.reduce(
        (h, layer, i) => layer.forward(h, memory, { ...spec, key: key?.fold(i) }),
        x,
      );
      return this.norm ? this.norm.forward(y) : y;
    });
  }

  /** Where each element looks in the memory: the cross-attention weights of every layer, each `[B, H, T, S]`. */
  crossWeights(x: Tensor, memory: Tensor, options: Omit<DecoderOptions, "key"> = {}): Tensor[] {
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
