import {
  type ActivationName,
  ArgumentError,
  type Backend,
  type Key,
  type OptionNames,
  requireDropout,
  requireKnown,
  requirePositiveInteger,
} from "@saccade/core";
import { requireActivation } from "./activations.ts";
import { checkSelfAttention, type SelfAttentionConfig } from "./self-attention-config.ts";

/** One Transformer layer, encoder or decoder. */
export interface TransformerLayerConfig {
  /** Width of the residual stream. */
  readonly embedDim: number;
  /** Heads; divides `embedDim`. */
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
  /** How self-attention attends. Cross-attention has its key/value heads, soft-cap and norms, too. */
  readonly attention?: SelfAttentionConfig;
}

/** A stack of layers. */
export interface StackConfig extends Omit<TransformerLayerConfig, "attention"> {
  /** How self-attention attends: one for all layers, or one for each. */
  readonly attention?: SelfAttentionConfig | readonly SelfAttentionConfig[];
  readonly numLayers: number;
  /** A last normalisation, as pre-norm stacks need. Default: `normFirst`. */
  readonly finalNorm?: boolean;
}

/** How modules are made: from a key, on a backend. */
export interface ModuleOptions {
  readonly key: Key;
  /** Default: the one of `setBackend`. */
  readonly backend?: Backend;
}

const layerNames: OptionNames<TransformerLayerConfig> = {
  embedDim: true,
  numHeads: true,
  feedForwardDim: true,
  activation: true,
  dropout: true,
  normFirst: true,
  layerNormEps: true,
  bias: true,
  attention: true,
};
const stackNames: OptionNames<StackConfig> = { ...layerNames, numLayers: true, finalNorm: true };

function checkValues(owner: string, config: Omit<TransformerLayerConfig, "attention">): void {
  const { embedDim, numHeads, feedForwardDim, activation, dropout = 0, layerNormEps = 1e-5 } = config;
  requirePositiveInteger(owner, "embedDim", embedDim);
  requirePositiveInteger(owner, "numHeads", numHeads);
  if (embedDim % numHeads !== 0) {
    throw new ArgumentError(`${owner}: embedDim ${embedDim} is not a multiple of numHeads ${numHeads}`);
  }
  if (feedForwardDim !== undefined) requirePositiveInteger(owner, "feedForwardDim", feedForwardDim);
  if (activation !== undefined) requireActivation(owner, activation);
  requireDropout(owner, "dropout", dropout);
  if (!(layerNormEps >= 0 && Number.isFinite(layerNormEps))) {
    throw new ArgumentError(`${owner}: layerNormEps must be finite and not negative (got ${layerNormEps})`);
  }
}

/** @throws ArgumentError for a field that is unknown or out of range */
export function checkLayerConfig(owner: string, config: TransformerLayerConfig): void {
  requireKnown(owner, config, layerNames);
  checkValues(owner, config);
  if (config.attention !== undefined) checkSelfAttention(owner, config.attention, config);
}

/** @throws ArgumentError for a field that is unknown or out of range */
export function checkStackConfig(owner: string, config: StackConfig): void {
  requireKnown(owner, config, stackNames);
  requirePositiveInteger(owner, "numLayers", config.numLayers);
  checkValues(owner, config);
  const each = attentionOfLayers(config);
  if (each.length !== config.numLayers) {
    throw new ArgumentError(
      `${owner}: attention must be one for all, or one for each of ${config.numLayers} layers (got ${each.length})`,
    );
  }
  for (const attention of each) if (attention !== undefined) checkSelfAttention(owner, attention, config);
}

/** One for each layer. */
export function attentionOfLayers({
  attention,
  numLayers,
}: StackConfig): readonly (SelfAttentionConfig | undefined)[] {
  return isList(attention) ? attention : Array.from({ length: numLayers }, () => attention);
}

/** Whether there is one for each layer. */
export function isList(attention: StackConfig["attention"]): attention is readonly SelfAttentionConfig[] {
  return Array.isArray(attention);
}
