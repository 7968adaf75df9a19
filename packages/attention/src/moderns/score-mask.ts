import {
  arange,
  le,
  logicalAnd,
  requireDtype,
  requireFloat,
  requireKnown,
  ShapeError,
  type Tensor,
  unsqueeze,
} from "@saccade/core";

/** What mechanisms that hold all scores take: which keys a query sees, and the scale. */
export interface ScoreOptions {
  /** Query i sees keys up to `i + S - T`. Default false. */
  readonly causal?: boolean;
  /** u8, broadcasting to `[B, H, T, S]`, 1 = may attend. */
  readonly mask?: Tensor | null | undefined;
  /** Factor on `q k^T`. Default `1/sqrt(E)`. */
  readonly scale?: number;
}

/** Which scores are seen, u8; null for all. */
export function seenBy(
  owner: string,
  options: ScoreOptions,
  [queries, keys]: readonly [number, number],
  backend: Tensor["backend"],
): Tensor | null {
  requireKnown(owner, options, { causal: true, mask: true, scale: true });
  const { causal = false, mask = null } = options;
  if (mask) requireDtype(owner, mask, "u8", "mask");
  if (!causal) return mask;
  const places = arange(keys - queries, keys, 1, { backend });
  const past = le(arange(0, keys, 1, { backend }), unsqueeze(places, 1)); // [T, S]
  return mask ? logicalAnd(past, mask) : past;
}

/** @throws ShapeError, DTypeError unless q, k, v are float, `[B, H, T, E]`, `[B, H, S, E]`, `[B, H, S, Ev]` */
export function requireHeads(owner: string, q: Tensor, k: Tensor, v: Tensor): void {
  for (const [name, x] of Object.entries({ q, k, v })) requireFloat(owner, x, name);
  const alike =
    [q, k, v].every((x) => x.rank === 4 && x.shape[0] === q.shape[0] && x.shape[1] === q.shape[1]) &&
    q.shape[3] === k.shape[3] &&
    k.shape[2] === v.shape[2];
  if (alike) return;
  throw new ShapeError(
    `${owner}: q, k, v must be [B, H, T, E], [B, H, S, E], [B, H, S, Ev] (got ${q.describe()}, ${k.describe()}, ${v.describe()})`,
  );
}

/** `1/sqrt(E)`, unless a scale is given. */
export const scaleOf = (q: Tensor, scale: number | undefined): number => scale ?? 1 / Math.sqrt(q.shape[3]);
