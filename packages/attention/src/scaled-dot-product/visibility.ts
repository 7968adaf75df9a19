import {
  type AttentionAttrs,
  arange,
  type Backend,
  ge,
  le,
  logicalAnd,
  sub,
  type Tensor,
  unsqueeze,
} from "@saccade/core";

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

/** The same, and what the mask (u8, broadcasting to `[B, H, T, S]`, or null) lets them see. */
export function visibility(q: Tensor, k: Tensor, mask: Tensor | null, attrs: AttentionAttrs): Tensor | null {
  const byPosition = visibleByPosition(q.shape[2], k.shape[2], attrs, q.backend);
  return byPosition && mask ? logicalAnd(byPosition, mask) : (byPosition ?? mask);
}
