import {
  ArgumentError,
  concat,
  Key,
  ones,
  pad,
  randn,
  ShapeError,
  type Tensor,
  tidy,
  vjp,
} from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { arbitrarySequences, buildSequences } from "../testing/arbitrary-sequences.ts";
import { attention } from "./attention.ts";
import { type AttentionSpec, attrsOf } from "./attention-spec.ts";
import { sequenceRanges } from "./sequences.ts";

guardMemory({ beforeEach, afterEach });

/** Of each query: what it sees, as `first-end@place`. */
function ranges([B, T, S]: readonly number[], spec: AttentionSpec): string[] {
  const found = sequenceRanges(spec, [B, 2, T, 4], [B, 1, S, 4], attrsOf(spec, 4)) ?? [];
  return Array.from({ length: found.length / 3 }, (_, i) => {
    return `${found[3 * i]}-${found[3 * i + 1]}@${found[3 * i + 2]}`;
  });
}

describe("sequenceRanges", () => {
  test("null where there is nothing to say", () => {
    expect(sequenceRanges({}, [1, 1, 2, 4], [1, 1, 2, 4], attrsOf({ causal: true }, 4))).toBe(null);
  });

  test.each<[string, readonly number[], AttentionSpec, string[]]>([
    ["lengths of both", [2, 2, 2], { lengths: [2, 1] }, ["0-2@0", "0-2@1", "0-1@0", "1-1@1"]],
    [
      "lengths of keys: the last query on the last key",
      [1, 2, 5],
      { lengths: { keys: [3] } },
      ["0-3@1", "0-3@2"],
    ],
    ["lengths of queries", [1, 3, 3], { lengths: { queries: [1] } }, ["0-3@2", "3-3@3", "3-3@4"]],
    [
      "causal",
      [1, 3, 4],
      { causal: true, lengths: { queries: [2], keys: [3] } },
      ["0-2@1", "0-3@2", "3-3@3"],
    ],
    [
      "causal, fewer keys: nothing is seen",
      [1, 2, 2],
      { causal: true, lengths: { keys: [1] } },
      ["0-0@-1", "0-1@0"],
    ],
    ["a causal window", [1, 3, 3], { causal: true, window: 2, lengths: [3] }, ["0-1@0", "0-2@1", "1-3@2"]],
    ["a window to both sides", [1, 3, 3], { window: 1, lengths: [3] }, ["0-2@0", "0-3@1", "1-3@2"]],
    ["packed", [1, 3, 3], { cuSeqlens: [0, 1, 3] }, ["0-1@0", "1-3@1", "1-3@2"]],
    [
      "packed, causal",
      [1, 3, 3],
      { causal: true, cuSeqlens: Int32Array.of(0, 1, 3) },
      ["0-1@0", "1-2@1", "1-3@2"],
    ],
    [
      "packed, more keys and an empty sequence",
      [1, 2, 4],
      { causal: true, cuSeqlens: { queries: [0, 1, 1, 2], keys: [0, 2, 3, 4] } },
      ["0-2@1", "3-4@3"],
    ],
  ])("%s", (_, sizes, spec, expected) => {
    expect(ranges(sizes, spec)).toEqual(expected);
  });

  test("are within the keys, and never fall, whatever the spec", () => {
    const side = fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined });
    fc.assert(
      fc.property(arbitrarySequences, fc.boolean(), side, side, (example, causal, left, right) => {
        const { sequences, B, T, S } = buildSequences(example, { B: 2, T: 5, S: 6 });
        const window = { ...(left === undefined ? {} : { left }), ...(right === undefined ? {} : { right }) };
        const spec = { causal, window, ...sequences.spec };
        const found = sequenceRanges(spec, [B, 1, T, 4], [B, 1, S, 4], attrsOf(spec, 4)) ?? [];
        for (let i = 0; i < found.length; i += 3) {
          const [first, end] = [found[i], found[i + 1]];
          expect(0 <= first && first <= end && end <= S).toBe(true);
          if (i % (3 * T) > 0) expect(found[i - 3] <= first && found[i - 2] <= end).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("what contradicts itself or the shapes", () => {
  const call = ([B, T, S]: readonly number[], spec: AttentionSpec): (() => void) => {
    return () => {
      tidy(() => void attention(ones([B, 2, T, 4]), ones([B, 1, S, 4]), ones([B, 1, S, 4]), spec));
    };
  };
  const sizes = [2, 3, 5] as const;

  test.each<[readonly number[], AttentionSpec, string]>([
    [sizes, { lengths: { keys: [5] } }, "lengths.keys must have 2 numbers, one a sequence (got 1)"],
    [
      sizes,
      { lengths: [3, 3] },
      "lengths alone are those of queries and keys, but T=3 and S=5: give { keys } or { queries, keys }",
    ],
    [[2, 0, 5], { cuSeqlens: [0, 0] }, "with cuSeqlens all sequences are in one batch item (got B=2)"],
    [
      [1, 3, 5],
      { cuSeqlens: { queries: [0, 1, 3], keys: [0, 5] } },
      "cuSeqlens of 2 sequences of queries, and 1 of keys",
    ],
  ])("shapes: %j %j", (shape, spec, message) => {
    expect(call(shape, spec)).toThrow(new ShapeError(`attention: ${message}`));
  });

  test.each<[readonly number[], AttentionSpec, string]>([
    [sizes, { lengths: { keys: [5, 6] } }, "lengths.keys[1] must be an integer of 0 to 5 (got 6)"],
    [sizes, { lengths: { queries: [-1, 3] } }, "lengths.queries[0] must be an integer of 0 to 3 (got -1)"],
    [[1, 3, 3], { lengths: [1.5] }, "lengths[0] must be an integer of 0 to 3 (got 1.5)"],
    [sizes, { lengths: {} }, "lengths must have queries, keys or both (got {})"],
    [[1, 3, 3], { cuSeqlens: [1, 3] }, "cuSeqlens must go from 0 to 3 (got [1, 3])"],
    [[1, 3, 3], { cuSeqlens: [0, 1, 2, 3, 4] }, "cuSeqlens must go from 0 to 3 (got [0, .., 4])"],
    [[1, 3, 3], { cuSeqlens: [] }, "cuSeqlens must go from 0 to 3 (got [])"],
    [
      [1, 3, 3],
      { cuSeqlens: [0, 2, 1, 3] },
      "cuSeqlens must be integers that do not fall (got 1 behind 2 at 2)",
    ],
    [[1, 3, 5], { cuSeqlens: [0, 3] }, "cuSeqlens must go from 0 to 5 (got [0, 3])"],
    [
      [1, 3, 3],
      { lengths: [3], cuSeqlens: [0, 3] },
      "lengths are for padded sequences, cuSeqlens for packed ones; not both (q [1,2,3,4], k [1,1,3,4])",
    ],
  ])("numbers: %j %j", (shape, spec, message) => {
    expect(call(shape, spec)).toThrow(new ArgumentError(`attention: ${message}`));
  });
});

describe("padding", () => {
  const f64 = { dtype: "f64" } as const;

  test("gives zeros, has no gradient, and may hold any finite number", async () => {
    using x = randn(new Key(0), [2, 2, 4, 3], f64);
    const grads = (operand: Tensor): readonly Tensor[] => {
      const spec = { causal: true, alibi: true, lengths: [4, 2] } as const;
      const { outputs, grads } = vjp(
        () => [attention(operand, operand, operand, spec)],
        [operand],
        [operand.cos()],
      );
      return [outputs[0].slice(1, null, [2, 4]), grads[0].slice(1, null, [2, 4]), grads[0].slice(0)];
    };
    const [out, padding, rest] = await evaluateAll(() => grads(x));
    expect(new Set([...out, ...padding])).toEqual(new Set([0]));
    expect(rest.every((value) => value !== 0)).toBe(true);
  });
});

describe("sequences give what each gives alone", () => {
  const f64 = { dtype: "f64" } as const;
  const lengths = [5, 2, 7];
  const spec = { causal: true, window: 4, alibi: true, softcap: 3 } as const;
  const starts = [0, 5, 7];

  /** Output and gradient of self-attention of each sequence, and of the ways to have them together. */
  async function compare(together: (x: Tensor) => Tensor): Promise<void> {
    using x = randn(new Key(0), [1, 2, 14, 3], f64);
    const each = (it: Tensor): Tensor =>
      concat(
        lengths.map((length, n) => {
          const own = it.narrow(2, starts[n], length);
          return attention(own, own, own, spec);
        }),
        2,
      );
    const [alone, joined] = await Promise.all(
      [each, together].map((way) =>
        evaluateAll(() => {
          const { outputs, grads } = vjp(() => [way(x)], [x], [x.cos()]);
          return [...outputs, ...grads];
        }),
      ),
    );
    for (const [i, expected] of alone.entries()) {
      expect(joined[i].length).toBe(expected.length);
      for (const [n, value] of expected.entries()) expect(joined[i][n]).toBeCloseTo(value, 12);
    }
  }

  test("packed", async () => {
    await compare((x) => attention(x, x, x, { ...spec, cuSeqlens: [...starts, 14] }));
  });

  test("padded", async () => {
    await compare((x) => {
      const items = lengths.map((length, n) => pad(x.narrow(2, starts[n], length), [0, 0, 0, 7 - length]));
      const batch = concat(items, 0);
      const y = attention(batch, batch, batch, { ...spec, lengths });
      return concat(
        lengths.map((length, n) => y.narrow(0, n, 1).narrow(2, 0, length)),
        2,
      );
    });
  });
});
