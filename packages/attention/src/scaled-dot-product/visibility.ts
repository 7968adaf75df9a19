import {
  type AttentionAttrs,
  abs,
  arange,
  type Backend,
  cast,
  ge,
  le,
  logicalAnd,
  lt,
  narrow,
  sub,
  type Tensor,
  unsqueeze,
} from "@saccade/core";
import type { ScoreInputs } from "./score-inputs.ts";

/**
 * Where causality and windows let queries look.
 *
 * Query i stands at `d = i + S - T`: the last query sits on the last key (bottom-right aligned), so that a query that
 * is decoded with cached keys sees what it would see in the whole sequence. It sees key j if `j <= d` (causal),
 * `d - j <= windowLeft` and `j - d <= windowRight` (-1 is unbounded).
 *
 * @returns u8 `[T, S]`, or null if every query sees every key
 */
export function visibleByPosition(
  T: number,
  S: number,
  attrs: AttentionAttrs,
  backend: Backend,
): Tensor | null {
  const { causal, windowLeft, windowRight } = attrs;
  if (!causal && windowLeft < 0 && windowRight < 0) return null;
  const query = unsqueeze(arange(S - T, S, 1, { backend }), 1);
  const key = arange(0, S, 1, { backend });
  const distance = sub(query, key);
  const conditions: Tensor[] = [];
  if (causal) conditions.push(ge(distance, 0));
  if (windowLeft >= 0) conditions.push(le(distance, windowLeft));
  if (windowRight >= 0) conditions.push(ge(distance, -windowRight));
  return conditions.reduce(logicalAnd);
}

/** One of the three numbers of each query's range, `[B, 1, T, 1]`. */
function ofRanges(ranges: Tensor, i: number): Tensor {
  return unsqueeze(narrow(ranges, 2, i, 1), 1);
}

/** Where ranges (i32 `[B, T, 3]`) let queries look: u8 `[B, 1, T, S]`. */
function visibleInRanges(ranges: Tensor, S: number, firstKey: number): Tensor {
  const key = arange(firstKey, firstKey + S, 1, { backend: ranges.backend });
  return logicalAnd(ge(key, ofRanges(ranges, 0)), lt(key, ofRanges(ranges, 1)));
}

/** What positions, ranges and the mask (u8, broadcasting to `[B, H, T, S]`) let queries see; null is everything. */
export function visibility(
  { q, k, mask, ranges, firstKey = 0 }: Pick<ScoreInputs, "q" | "k" | "mask" | "ranges" | "firstKey">,
  attrs: AttentionAttrs,
): Tensor | null {
  const [T, S] = [q.shape[2], k.shape[2]];
  const byPlace = ranges ? visibleInRanges(ranges, S, firstKey) : visibleByPosition(T, S, attrs, q.backend);
  return byPlace && mask ? logicalAnd(byPlace, mask) : (byPlace ?? mask);
}

/** How far each key is from a query's place, in the dtype of q: `[T, S]`, or `[B, 1, T, S]` with ranges. */
export function distances({
  q,
  k,
  ranges,
  firstKey = 0,
}: Pick<ScoreInputs, "q" | "k" | "ranges" | "firstKey">): Tensor {
  const [T, S] = [q.shape[2], k.shape[2]];
  const { backend, dtype } = q;
  const place = ranges ? ofRanges(ranges, 2) : unsqueeze(arange(S - T, S, 1, { backend }), 1);
  return cast(abs(sub(place, arange(firstKey, firstKey + S, 1, { backend }))), dtype);
}
