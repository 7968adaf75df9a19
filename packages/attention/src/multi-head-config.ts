import {
  ArgumentError,
  type OptionNames,
  requireDropout,
  requireKnown,
  requirePositiveInteger,
} from "@saccade/core";
import type { HeadPositionsConfig } from "./positions/head-positions.ts";

export interface MultiHeadAttentionConfig extends HeadPositionsConfig {
  /** Width of queries and of the result. */
  readonly embedDim: number;
  /** Heads; divides `embedDim`. */
  readonly numHeads: number;
  /** Key/value heads, shared by groups of query heads; divides `numHeads`. Default `numHeads`. */
  readonly numKeyValueHeads?: number;
  /** Width of what keys are made of. Default `embedDim`. */
  readonly keyDim?: number;
  /** Width of what values are made of. Default `embedDim`. */
  readonly valueDim?: number;
  /** Biases on the four projections. Default true. */
  readonly bias?: boolean;
  /** Probability of dropping a weight, where `forward` gets a key. Default 0. */
  readonly dropout?: number;
  /** Queries and keys of each head are normalised by their root mean square, before positions (Qwen 3, Gemma 3). Default false. */
  readonly qkNorm?: boolean;
  /** A learned score of each head that draws weight and has no value; 0 at first (gpt-oss). Default false. */
  readonly sinks?: boolean;
}

const configNames: OptionNames<MultiHeadAttentionConfig> = {
  embedDim: true,
  numHeads: true,
  numKeyValueHeads: true,
  keyDim: true,
  valueDim: true,
  bias: true,
  dropout: true,
  rotary: true,
  relativePositions: true,
  alibi: true,
  qkNorm: true,
  sinks: true,
};

/** @throws ArgumentError for a field that is unknown or out of range */
export function checkMultiHeadConfig(owner: string, config: MultiHeadAttentionConfig): void {
  requireKnown(owner, config, configNames);
  for (const name of ["embedDim", "numHeads", "numKeyValueHeads", "keyDim", "valueDim"] as const) {
    const value = config[name];
    if (value !== undefined || name === "embedDim" || name === "numHeads") {
      requirePositiveInteger(owner, name, Number(value));
    }
  }
  requireDropout(owner, "dropout", config.dropout ?? 0);
  const { embedDim, numHeads, numKeyValueHeads = numHeads } = config;
  if (embedDim % numHeads !== 0) {
    throw new ArgumentError(`${owner}: embedDim ${embedDim} is not a multiple of numHeads ${numHeads}`);
  }
  if (numHeads % numKeyValueHeads !== 0) {
    throw new ArgumentError(
      `${owner}: numHeads ${numHeads} is not a multiple of numKeyValueHeads ${numKeyValueHeads}`,
    );
  }
}
