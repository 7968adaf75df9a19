import type { RowSlice, Tensor } from "@saccade/core";

/** The inputs that scores are made of, as both kernels have them at their start; see `FusedKernels` of core. */
export type ScoreTuple = readonly [
  q: Tensor,
  k: Tensor,
  v: Tensor,
  mask: Tensor | null,
  bias: Tensor | null,
  slopes: Tensor | null,
  ranges: Tensor | null,
];

/** The same by name. */
export interface ScoreInputs {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly mask: Tensor | null;
  readonly bias: Tensor | null;
  readonly slopes: Tensor | null;
  readonly ranges: Tensor | null;
  /** What functions of scores read. */
  readonly captured: readonly Tensor[];
  /** Which heads and queries these are, where they are not all. */
  readonly heads?: readonly number[];
  readonly queries?: readonly number[];
  /** The first key, where keys before it are left out. */
  readonly firstKey?: number;
}

/**
 * @param mods  blocks and captured tensors, or nothing: what all inputs end with
 * @param part  where the queries are among all; without, they are all
 */
export function scoreInputs(
  [q, k, , mask, bias, slopes, ranges]: readonly [...ScoreTuple, ...(Tensor | null)[]],
  mods: readonly (Tensor | null)[],
  part?: RowSlice,
): ScoreInputs {
  const captured = mods.slice(1).filter((x) => x !== null);
  const all = { q, k, mask, bias, slopes, ranges, captured };
  if (!part) return all;
  return { ...all, queries: Array.from({ length: q.shape[2] }, (_, i) => part.first + i) };
}
