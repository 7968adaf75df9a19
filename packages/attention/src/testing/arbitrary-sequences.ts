import fc from "fast-check";
import type { AttentionSpec } from "../scaled-dot-product/attention-spec.ts";

/** How sequences lie in a batch: each in an item of its own, whole or padded, or all in one. */
export type SequencesExample =
  | { readonly kind: "whole" }
  /** Shares of T and S that are no padding, for each item. */
  | {
      readonly kind: "padded";
      readonly parts: "queries" | "keys" | "both";
      readonly shares: readonly (readonly [number, number])[];
    }
  /** Queries and keys of each. */
  | {
      readonly kind: "packed";
      readonly lengths: readonly (readonly [number, number])[];
      readonly same: boolean;
    };

const length = fc.integer({ min: 0, max: 4 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

export const arbitrarySequences: fc.Arbitrary<SequencesExample> = fc.oneof(
  fc.constant({ kind: "whole" as const }),
  fc.record({
    kind: fc.constant("padded" as const),
    parts: fc.constantFrom("queries", "keys", "both"),
    shares: fc.array(fc.tuple(share, share), { minLength: 2, maxLength: 2 }),
  }),
  fc.record({
    kind: fc.constant("packed" as const),
    lengths: fc.array(fc.tuple(length, length), { minLength: 1, maxLength: 3 }),
    same: fc.boolean(),
  }),
);

export interface BuiltSequences {
  readonly spec: Pick<AttentionSpec, "lengths" | "cuSeqlens">;
  /** Whether query and key are of one sequence, and neither is padding. */
  together(b: number, t: number, s: number): boolean;
  /** How far the query stands behind the key, counted within their sequence from its end. */
  distance(b: number, t: number, s: number): number;
}

interface Sizes {
  readonly B: number;
  readonly T: number;
  readonly S: number;
}

function buildPadded(
  queries: readonly number[],
  keys: readonly number[],
  spec: BuiltSequences["spec"],
): BuiltSequences {
  return {
    spec,
    together: (b, t, s) => t < queries[b] && s < keys[b],
    distance: (b, t, s) => keys[b] - 1 - s - (queries[b] - 1 - t),
  };
}

function buildPacked(lengths: readonly (readonly [number, number])[], same: boolean): BuiltSequences {
  // Of every token: its sequence, and how many of it are behind.
  const tokens = (part: 0 | 1): { n: number; behind: number }[] =>
    lengths.flatMap((each, n) =>
      Array.from({ length: each[part] }, (_, i) => ({ n, behind: each[part] - 1 - i })),
    );
  const sums = (part: 0 | 1): number[] =>
    [...lengths, [0, 0]].map((_, n) => lengths.slice(0, n).reduce((sum, each) => sum + each[part], 0));
  const [queries, keys] = [tokens(0), tokens(1)];
  return {
    spec: { cuSeqlens: same ? sums(0) : { queries: Int32Array.from(sums(0)), keys: sums(1) } },
    together: (_, t, s) => queries[t].n === keys[s].n,
    distance: (_, t, s) => keys[s].behind - queries[t].behind,
  };
}

/** The sequences of an example, and the sizes that go with them: packed ones choose theirs. */
export function buildSequences(
  example: SequencesExample,
  { B, T, S }: Sizes,
): { readonly sequences: BuiltSequences } & Sizes {
  const all = (count: number): number[] => Array<number>(B).fill(count);
  switch (example.kind) {
    case "whole":
      return { sequences: buildPadded(all(T), all(S), {}), B, T, S };
    case "padded": {
      const of = (part: 0 | 1, size: number): number[] =>
        Array.from({ length: B }, (_, b) => Math.round(size * example.shares[b][part]));
      const queries = example.parts === "keys" ? all(T) : of(0, T);
      const keys = example.parts === "queries" ? all(S) : of(1, S);
      const lengths =
        example.parts === "both" ? { queries, keys } : example.parts === "keys" ? { keys } : { queries };
      return { sequences: buildPadded(queries, keys, { lengths }), B, T, S };
    }
    case "packed": {
      const lengths = example.lengths.map(([t, s]): [number, number] => (example.same ? [t, t] : [t, s]));
      const total = (part: 0 | 1): number => lengths.reduce((sum, each) => sum + each[part], 0);
      return { sequences: buildPacked(lengths, example.same), B: 1, T: total(0), S: total(1) };
    }
  }
}
