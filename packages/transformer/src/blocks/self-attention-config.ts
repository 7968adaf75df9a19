import type {
  AttentionSpec,
  BucketOptions,
  MultiHeadAttention,
  MultiHeadAttentionConfig,
  RopeScaling,
  RotaryTables,
} from "@saccade/attention";
import {
  ArgumentError,
  type OptionNames,
  requireKnown,
  requirePositiveInteger,
  type Tensor,
} from "@saccade/core";

/** How the self-attention of a layer attends; the names are those of Hugging Face's configurations where these have one. */
export interface SelfAttentionConfig {
  /** Key/value heads, shared by groups of query heads; divides `numHeads`. Default `numHeads`. */
  readonly numKeyValueHeads?: number;
  /** Causal: an element sees so many, the last, its own included (Mistral). Otherwise: so many to each side (Longformer). */
  readonly slidingWindow?: number;
  /** Scores s become `c tanh(s / c)` (Gemma 2). */
  readonly attnLogitSoftcapping?: number;
  /** Rotary positions, with this base. */
  readonly ropeTheta?: number;
  /** Rotary positions, stretched to a longer context; the base is 10000 unless `ropeTheta` says otherwise. */
  readonly ropeScaling?: RopeScaling;
  /** The share of a head's features that is turned (GPT-NeoX, Phi). Default 1. */
  readonly partialRotaryFactor?: number;
  /** Neighbours are turned together (GPT-J), not features of the two halves (Llama). Default false. */
  readonly ropeInterleave?: boolean;
  /** Scores fall with the distance, by the published slopes (BLOOM, MPT). Default false. */
  readonly alibi?: boolean;
  /** A learned bias for each head and bucket of distances (T5), one table a layer. `bidirectional` is true in encoders, false in decoders. */
  readonly relativeAttention?: BucketOptions;
  /** Queries and keys of each head are normalised (Qwen 3, Gemma 3). Default false. */
  readonly qkNorm?: boolean;
  /** A learned score of each head that draws weight (gpt-oss). Default false. */
  readonly sinks?: boolean;
}

const names: OptionNames<SelfAttentionConfig> = {
  numKeyValueHeads: true,
  slidingWindow: true,
  attnLogitSoftcapping: true,
  ropeTheta: true,
  ropeScaling: true,
  partialRotaryFactor: true,
  ropeInterleave: true,
  alibi: true,
  relativeAttention: true,
  qkNorm: true,
  sinks: true,
};

/** @throws ArgumentError for a field that is unknown, out of range, or without what it is about */
export function checkSelfAttention(
  owner: string,
  config: SelfAttentionConfig,
  { embedDim, numHeads }: { readonly embedDim: number; readonly numHeads: number },
): void {
  requireKnown(`${owner}: attention`, config, names);
  const { numKeyValueHeads = numHeads, slidingWindow, attnLogitSoftcapping: softcap } = config;
  requirePositiveInteger(owner, "numKeyValueHeads", numKeyValueHeads);
  if (numHeads % numKeyValueHeads !== 0) {
    throw new ArgumentError(
      `${owner}: numHeads ${numHeads} is not a multiple of numKeyValueHeads ${numKeyValueHeads}`,
    );
  }
  if (slidingWindow !== undefined) requirePositiveInteger(owner, "slidingWindow", slidingWindow);
  if (softcap !== undefined && !(softcap > 0 && Number.isFinite(softcap))) {
    throw new ArgumentError(`${owner}: attnLogitSoftcapping must be positive and finite (got ${softcap})`);
  }
  const { ropeTheta, ropeScaling, partialRotaryFactor: part, ropeInterleave } = config;
  if (ropeTheta === undefined && ropeScaling === undefined) {
    for (const [name, value] of Object.entries({ partialRotaryFactor: part, ropeInterleave })) {
      if (value === undefined) continue;
      throw new ArgumentError(`${owner}: ${name} is about rotary positions: give ropeTheta (got ${value})`);
    }
  }
  const turned = ((part ?? 1) * embedDim) / numHeads;
  if (part !== undefined && !(part > 0 && part <= 1 && Number.isInteger(turned) && turned % 2 === 0)) {
    throw new ArgumentError(
      `${owner}: partialRotaryFactor must be in (0, 1], an even number of features of a head's ${embedDim / numHeads} (got ${part})`,
    );
  }
}

/** Whether layers with this attention tell places apart by themselves. */
export function hasPositions({
  ropeTheta,
  ropeScaling,
  alibi,
  relativeAttention,
}: SelfAttentionConfig): boolean {
  return [ropeTheta, ropeScaling, relativeAttention].some((it) => it !== undefined) || alibi === true;
}

/** What of the config shapes the module; positions for self-attention alone. */
export function moduleConfig(
  config: SelfAttentionConfig,
  { embedDim, numHeads }: { readonly embedDim: number; readonly numHeads: number },
  kind: "encoder" | "decoder" | "cross",
): Partial<MultiHeadAttentionConfig> {
  const { numKeyValueHeads = numHeads, qkNorm = false, sinks = false, alibi = false } = config;
  const shared = { numKeyValueHeads, qkNorm };
  if (kind === "cross") return shared;
  const { ropeTheta, ropeScaling, partialRotaryFactor = 1, ropeInterleave = false } = config;
  const rotary =
    ropeTheta !== undefined || ropeScaling !== undefined
      ? {
          dim: (partialRotaryFactor * embedDim) / numHeads,
          interleaved: ropeInterleave,
          ...(ropeTheta === undefined ? {} : { base: ropeTheta }),
          ...(ropeScaling === undefined ? {} : { scaling: ropeScaling }),
        }
      : false;
  const buckets = config.relativeAttention;
  const relativePositions = buckets ? { bidirectional: kind === "encoder", ...buckets } : false;
  return { ...shared, sinks, alibi, rotary, relativePositions };
}

/** What of the config is said at each call; the window is of one sequence's own. */
export function callSpec(
  { slidingWindow: window, attnLogitSoftcapping: softcap }: SelfAttentionConfig,
  kind: "self" | "cross" = "self",
): Pick<AttentionSpec, "window" | "softcap"> {
  return {
    ...(window === undefined || kind === "cross" ? {} : { window }),
    ...(softcap === undefined ? {} : { softcap }),
  };
}

interface AttendingLayer {
  readonly config: { readonly attention?: SelfAttentionConfig };
  readonly selfAttention: MultiHeadAttention;
}

/** Rotary tables of each layer, made once for layers of one configuration; in the current scope. */
export function sharedTables(
  layers: readonly AttendingLayer[],
  x: Tensor,
  start: number,
): readonly (RotaryTables | null)[] {
  const made = new Map<SelfAttentionConfig | undefined, RotaryTables | null>();
  return layers.map(({ config: { attention }, selfAttention }) => {
    const known = made.get(attention);
    if (known !== undefined) return known;
    const tables = x.rank === 3 ? selfAttention.positions.tables(x.shape[1], start, x) : null;
    made.set(attention, tables);
    return tables;
  });
}
