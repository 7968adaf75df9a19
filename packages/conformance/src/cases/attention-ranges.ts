import type { AttentionAttrs } from "@saccade/core/backend";

/** Queries and keys of one sequence: the first, and behind the last. */
export interface Sequence {
  readonly queries: readonly [start: number, end: number];
  readonly keys: readonly [start: number, end: number];
}

/** A sequence an item, of so many queries and keys; the rest is padding. */
export function padded(lengths: readonly (readonly [queries: number, keys: number])[]): Sequence[][] {
  return lengths.map(([queries, keys]) => [{ queries: [0, queries], keys: [0, keys] }]);
}

/** Sequences of so many queries and keys, one behind the other. */
export function packed(...lengths: readonly (readonly [queries: number, keys: number])[]): Sequence[][] {
  const [query, key] = [0, 1].map((part) =>
    lengths.map((_, n) => lengths.slice(0, n).reduce((sum, each) => sum + each[part], 0)),
  );
  return [
    lengths.map(([queries, keys], n) => ({
      queries: [query[n], query[n] + queries],
      keys: [key[n], key[n] + keys],
    })),
  ];
}

/**
 * First key, the key behind the last, and place of every query, found by trying all keys: the last query of a sequence
 * stands on its last key.
 */
export function rangesOf(
  items: readonly (readonly Sequence[])[],
  T: number,
  { causal, windowLeft, windowRight }: Pick<AttentionAttrs, "causal" | "windowLeft" | "windowRight">,
): number[] {
  return items.flatMap((sequences) =>
    Array.from({ length: T }, (_, i) => {
      const own = sequences.find(({ queries }) => i >= queries[0] && i < queries[1]);
      const { queries, keys } = own ?? sequences[sequences.length - 1];
      const place = i + keys[1] - queries[1];
      const seen: number[] = [];
      for (let j = keys[0]; own && j < keys[1]; j++) {
        if (causal && j > place) continue;
        if (windowLeft >= 0 && place - j > windowLeft) continue;
        if (windowRight >= 0 && j - place > windowRight) continue;
        seen.push(j);
      }
      // Where nothing is seen, ranges are empty, and still never decrease.
      const none = own && place < keys[0] ? keys[0] : keys[1];
      return [seen[0] ?? none, seen.length > 0 ? seen[seen.length - 1] + 1 : none, place];
    }).flat(),
  );
}
