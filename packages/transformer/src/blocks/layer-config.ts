import type { ActivationName, Backend, Key } from "@saccade/core";

/** One Transformer layer, encoder or decoder. */
export interface TransformerLayerConfig {
  /** Width of the residual stream. */
  readonly embedDim: number;
  readonly numHeads: number;
  /** Width of the feed-forward's hidden layer. Default `4 embedDim`. */
  readonly feedForwardDim?: number;
  /** Default "relu". */
  readonly activation?: ActivationName;
  /** On attention weights, hidden units and each sublayer's output, where `forward` gets a key. Default 0. */
  readonly dropout?: number;
  /** Normalise before each sublayer (pre-norm) instead of after the residual sum (post-norm). Default false. */
  readonly normFirst?: boolean;
  /** Default 1e-5. */
  readonly layerNormEps?: number;
  /** Biases on all projections and norms. Default true. */
  readonly bias?: boolean;
}

/** How modules are made: from a key, on a backend. */
export interface ModuleOptions {
  readonly key: Key;
  readonly backend?: Backend;
}

export interface StackConfig extends TransformerLayerConfig {
  readonly numLayers: number;
  /** A last normalisation, as pre-norm stacks need. Default: `normFirst`. */
  readonly finalNorm?: boolean;
}
