import { LearnedPositions } from "@saccade/attention";
import {
  ArgumentError,
  assign,
  type Backend,
  crossEntropy,
  dropout,
  type Key,
  linear,
  reshape,
  ShapeError,
  type Tensor,
  tidy,
} from "@saccade/core";
import { Embedding, init, Module } from "@saccade/core/nn";
import { TransformerEncoder } from "../blocks/encoder.ts";

export interface GptConfig {
  readonly vocabSize: number;
  /** Most tokens that it sees at a time. */
  readonly contextLength: number;
  readonly embedDim: number;
  readonly numLayers: number;
  readonly numHeads: number;
  /** Where `forward` gets a key. Default 0. */
  readonly dropout?: number;
  /** Biases on projections and norms. Default true. */
  readonly bias?: boolean;
}

/** Token ids `[B, T]` (i32) and what follows each. */
export interface LanguageBatch {
  readonly input: Tensor;
  readonly target: Tensor;
}

/**
 * A decoder-only language model in the manner of GPT-2: learned positions, pre-norm layers with GELU, output weights
 * tied to the embedding. Weights begin normal with standard deviation 0.02, those into the residual stream with
 * `0.02 / sqrt(2 numLayers)`.
 *
 * @see Radford et al. 2019, Language models are unsupervised multitask learners, section 2.3
 * @example
 * const model = new Gpt({ vocabSize: 65, contextLength: 8, embedDim: 16, numLayers: 2, numHeads: 2 }, { key: new Key(0) });
 * const ids = tensor([[1, 2, 3]], { dtype: "i32" });
 * const logits = model.forward(ids); // [1, 3, 65]
 */
export class Gpt extends Module {
  readonly config: GptConfig;
  readonly tokens: Embedding;
  readonly positions: LearnedPositions;
  readonly decoder: TransformerEncoder;

  constructor(config: GptConfig, options: { readonly key: Key; readonly backend?: Backend }) {
    super();
    checkConfig(config);
    const { vocabSize, contextLength, embedDim, numLayers, numHeads, bias = true, dropout = 0 } = config;
    const { key, ...where } = options;
    this.config = config;
    this.tokens = new Embedding(vocabSize, embedDim, { key: key.fold(0), std: 0.02, ...where });
    this.positions = new LearnedPositions(contextLength, embedDim, { key: key.fold(1), std: 0.02, ...where });
    this.decoder = new TransformerEncoder(
      { embedDim, numLayers, numHeads, bias, dropout, activation: "gelu", normFirst: true },
      { key: key.fold(2), ...where },
    );
    initGpt(this.decoder, key.fold(3), numLayers);
  }

  /**
   * @param ids  `[B, T]`, i32, T <= contextLength
   * @returns logits of the next token at each place, `[B, T, vocabSize]`
   */
  forward(ids: Tensor, options: { readonly key?: Key | undefined } = {}): Tensor {
    if (ids.rank !== 2) throw new ShapeError(`Gpt: ids must be [batch, length] (got ${ids.describe()})`);
    const { key } = options;
    const p = this.config.dropout ?? 0;
    return tidy(() => {
      const embedded = this.positions.forward(this.tokens.forward(ids));
      const x = key && p > 0 ? dropout(embedded, p, key.fold(0)) : embedded;
      const hidden = this.decoder.forward(x, { causal: true, key: key?.fold(1) });
      return linear(hidden, this.tokens.weight);
    });
  }

  /** Mean cross-entropy (nats per token) of the targets. */
  loss(batch: LanguageBatch, options: { readonly key?: Key | undefined } = {}): Tensor {
    return tidy(() => {
      const logits = this.forward(batch.input, options);
      return crossEntropy(reshape(logits, [-1, this.config.vocabSize]), reshape(batch.target, [-1]));
    });
  }
}

function checkConfig(config: GptConfig): void {
  for (const name of ["vocabSize", "contextLength", "embedDim", "numLayers", "numHeads"] as const) {
    const value = config[name];
    if (!Number.isInteger(value) || value < 1)
      throw new ArgumentError(`Gpt: ${name} must be a positive integer (got ${value})`);
  }
}

/** GPT-2's initial weights, over what the blocks began with. */
function initGpt(decoder: TransformerEncoder, key: Key, numLayers: number): void {
  let index = 0;
  for (const [name, parameter] of decoder.namedParameters()) {
    if (parameter.rank !== 2) continue;
    const intoResidual = name.endsWith("outProjection.weight") || name.endsWith("linear2.weight");
    const std = intoResidual ? 0.02 / Math.sqrt(2 * numLayers) : 0.02;
    const { shape, backend } = parameter;
    const fresh = init.normal(key.fold(index++), shape, std, { backend });
    assign(parameter, fresh);
    fresh.dispose();
  }
}
