import type { Key } from "@saccade/core";
import {
  matmul,
  type OptionNames,
  requireDtype,
  requireFloat,
  requireKnown,
  softmax,
  type Tensor,
  where,
} from "@saccade/core";
import { type InitOptions, Module } from "@saccade/core/nn";
import { showWeights } from "../scaled-dot-product/attention-hooks.ts";
import { requireShape } from "../shapes.ts";

/** What attention of one head gives: the sum of the values, and by what weights. */
export interface Attended {
  /** `[B, T, Dv]` */
  readonly context: Tensor;
  /** `[B, T, S]` */
  readonly weights: Tensor;
}

/** What is attended to beside the keys. */
export interface MemoryOptions {
  /** `[B, S, Dv]`; default the keys. */
  readonly values?: Tensor | undefined;
  /** u8, broadcasting to `[B, T, S]`, 1 = may attend. Padding of the keys, `[B, S]`, goes in as `[B, 1, S]`. */
  readonly mask?: Tensor | null | undefined;
}

/** How parameters begin, and where they live. */
export interface LayerOptions extends InitOptions {
  readonly key: Key;
}

/** Scores, -inf where a mask hides them. */
export function maskScores(owner: string, scores: Tensor, mask: Tensor | null | undefined): Tensor {
  if (!mask) return scores;
  requireDtype(owner, mask, "u8", "mask");
  return where(mask, scores, Number.NEGATIVE_INFINITY);
}

const memoryNames: OptionNames<MemoryOptions> = { values: true, mask: true };

/** Softmax of scores `[B, T, S]`, and the sums of values `[B, S, Dv]`; zeros for a query that may attend nowhere. */
export function attendBy(owner: string, scores: Tensor, keys: Tensor, options: MemoryOptions): Attended {
  requireKnown(owner, options, memoryNames);
  const { values = keys, mask } = options;
  return blend(owner, softmax(maskScores(owner, scores, mask), -1), values);
}

/** The sums of values `[B, S, Dv]` by weights `[B, T, S]`. */
export function blend(owner: string, weights: Tensor, values: Tensor): Attended {
  requireShape(owner, "values", values, [weights.shape[0], weights.shape[2], "Dv"]);
  showWeights(() => weights);
  return { context: matmul(weights, values), weights };
}

/** @throws ShapeError, DTypeError unless these are a float query `[B, T, Dq]` and keys `[B, S, Dk]` of one batch */
export function requireQueryAndKeys(owner: string, query: Tensor, keys: Tensor): void {
  requireFloat(owner, query, "query");
  requireFloat(owner, keys, "keys");
  requireShape(owner, "query", query, ["B", "T", "Dq"]);
  requireShape(owner, "keys", keys, [query.shape[0], "S", "Dk"]);
}

/** Attention that is a score for each pair of a query and a key, and the softmax over keys. */
export abstract class ScoredAttention extends Module {
  /** @param query  `[B, T, Dq]` @param keys  `[B, S, Dk]` @returns `[B, T, S]` */
  abstract scores(query: Tensor, keys: Tensor): Tensor;

  /**
   * @param query  `[B, T, Dq]`; a decoder's one state is `[B, 1, Dq]`
   * @param keys  `[B, S, Dk]`
   * @returns context `[B, T, Dv]` and weights `[B, T, S]`; zeros for a query that may attend nowhere
   */
  abstract forward(query: Tensor, keys: Tensor, options?: MemoryOptions): Attended;
}
