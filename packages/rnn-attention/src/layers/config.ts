import {
  type Backend,
  type Key,
  type OptionNames,
  requireDropout,
  requireKnown,
  requirePositiveInteger,
} from "@saccade/core";

/** Recurrent layers on top of each other. */
export interface RecurrentConfig {
  /** Width of x. */
  readonly inputSize: number;
  /** Width of the state. */
  readonly hiddenSize: number;
  /** Default 1. */
  readonly numLayers?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Probability of dropping an element between two layers, where `forward` gets a key. Default 0. */
  readonly dropout?: number;
  /** A second state that reads from the end, beside the first. Default false. */
  readonly bidirectional?: boolean;
}

/** Where parameters come from, and where they live. */
export interface RecurrentInit {
  readonly key: Key;
  readonly backend?: Backend;
}

export const recurrentNames: OptionNames<RecurrentConfig> = {
  inputSize: true,
  hiddenSize: true,
  numLayers: true,
  bias: true,
  dropout: true,
  bidirectional: true,
};

/** @throws ArgumentError for a value out of range, or a name that `names` lacks */
export function checkConfig<C extends RecurrentConfig>(
  owner: string,
  config: C,
  names: OptionNames<C>,
): void {
  requireKnown(owner, config, names);
  requirePositiveInteger(owner, "inputSize", config.inputSize);
  requirePositiveInteger(owner, "hiddenSize", config.hiddenSize);
  requirePositiveInteger(owner, "numLayers", config.numLayers ?? 1);
  requireDropout(owner, "dropout", config.dropout ?? 0);
}
