import { ArgumentError, Key, memory, randn, ShapeError, type Tensor, tidy, zeros } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MultiHeadAttention } from "../multi-head-attention.ts";
import { attention } from "../scaled-dot-product/attention.ts";
import type { ScoreValue } from "../score-mods/score-value.ts";
import { arbitraryCached, operandsOf, pieceByPiece } from "../testing/cached-attention.ts";
import { WindowKeyValueCache } from "./window-key-value-cache.ts";

guardMemory({ beforeEach, afterEach });

const make = (window: number, batch = 1, heads = 1): WindowKeyValueCache =>
  new WindowKeyValueCache({ batch, heads, window, width: 4, valueWidth: 3, dtype: "f64" });

describe("attention over a window", () => {
  test("is attention over the whole sequence, in pieces of any length, in f64", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryCached(true), fc.integer({ min: 0, max: 2 }), async (example, more) => {
        using cache = make((example.window ?? 0) + more, example.B, example.K);
        const [whole, pieced] = await evaluateAll(() => {
          const operands = operandsOf(example);
          const { q, k, v, spec } = operands;
          return [attention(q, k, v, spec), pieceByPiece(cache, example.pieces, operands)];
        });
        expect(pieced.length).toBe(whole.length);
        for (const [i, value] of whole.entries()) expect(pieced[i]).toBeCloseTo(value, 11);
      }),
      { numRuns: 150 },
    );
  });

  test("a call that throws leaves the sequence as it was, whatever its length", async () => {
    using mha = new MultiHeadAttention({ embedDim: 8, numHeads: 2 }, { key: new Key(0) });
    using cache = new WindowKeyValueCache({ batch: 1, heads: 2, window: 3, width: 4 });
    using x = randn(new Key(1), [1, 30, 8]);
    using bad = zeros([7, 7, 7]);
    const [whole, ...parts] = await evaluateAll(() => {
      const spec = { causal: true, window: 3 };
      let start = 0;
      const outs = [2, 1, 9, 1, 1, 6, 10].map((length) => {
        const rows = x.narrow(1, start, length);
        for (const count of [length, 1, 12]) {
          const other = x.narrow(1, 0, count);
          expect(() => mha.forward(other, { ...spec, cache, bias: bad })).toThrow(ShapeError);
          expect(cache.length).toBe(start);
        }
        start += length;
        return mha.forward(rows, { ...spec, cache });
      });
      return [mha.forward(x, spec), ...outs];
    });
    const pieced = parts.flat();
    for (const [i, value] of whole.entries()) expect(pieced[i]).toBeCloseTo(value, 5);
  });
});

describe("WindowKeyValueCache", () => {
  const rows = (count: number, of: number): Tensor => zeros([1, 1, count, of], { dtype: "f64" });

  test("takes memory for two windows, for a sequence without end", () => {
    const before = memory();
    using cache = make(4);
    expect(memory().bytes).toBe(before.bytes + 8 * 8 * (4 + 3));
    for (let i = 0; i < 50; i++) {
      tidy(() => expect(cache.append(rows(1, 4), rows(1, 3)).keys.shape[2]).toBe(Math.min(i + 1, 4)));
    }
    expect(cache.length).toBe(50);
    expect(memory().bytes).toBe(before.bytes + 8 * 8 * (4 + 3));
    expect(cache.maxLength).toBe(Number.POSITIVE_INFINITY);
    cache.reset();
    expect(cache.length).toBe(0);
  });

  test("goes back as far as the window is still held", () => {
    using cache = make(3);
    tidy(() => {
      cache.append(rows(2, 4), rows(2, 3));
      cache.append(rows(3, 4), rows(3, 3)); // five of six places
      cache.truncate(3);
      expect(cache.append(rows(1, 4), rows(1, 3)).keys.shape[2]).toBe(3);
      cache.append(rows(10, 4), rows(10, 3));
    });
    expect(cache.length).toBe(14);
    expect(() => cache.truncate(13)).toThrow(
      new ArgumentError(
        "WindowKeyValueCache: truncate(13) needs elements that are forgotten (of 14, the last 2 are held)",
      ),
    );
    cache.truncate(4);
    expect(cache.length).toBe(4);
    expect(() => cache.truncate(5)).toThrow(
      new ArgumentError("WindowKeyValueCache: truncate takes an integer in [0, length 4] (got 5)"),
    );
    tidy(() => {
      cache.append(rows(8, 4), rows(8, 3));
    });
    cache.truncate(0); // of nothing, everything is held
    expect(cache.length).toBe(0);
    tidy(() => {
      expect(cache.append(rows(2, 4), rows(2, 3)).keys.shape[2]).toBe(2);
    });
  });

  test("layers refuse queries that see keys which are forgotten", () => {
    using layer = new MultiHeadAttention({ embedDim: 8, numHeads: 2 }, { key: new Key(0) });
    using cache = new WindowKeyValueCache({ batch: 1, heads: 2, window: 3, width: 4 });
    using x = randn(new Key(1), [1, 7, 8]);
    const step = (length: number, spec: object): void =>
      tidy(() => {
        layer.forward(x.narrow(1, cache.length, length), { causal: true, cache, ...spec });
      });
    step(2, {});
    step(1, {}); // nothing is forgotten yet
    const refusal = (got: string): string =>
      `MultiHeadAttention: the cache holds 2 of the 3 keys before these queries, which a window of at most 3 sees (got ${got})`;
    expect(() => step(1, {})).toThrow(new ArgumentError(refusal("none")));
    expect(() => step(1, { window: 4 })).toThrow(new ArgumentError(refusal("one of 4")));
    expect(() => step(1, { window: { right: 0 } })).toThrow(new ArgumentError(refusal("one without left")));
    expect(cache.length).toBe(3);
    step(1, { window: 3 });
    step(1, { window: { left: 2 } });
    step(2, { maskMod: ({ q, k }: { q: ScoreValue; k: ScoreValue }) => q.sub(k).lt(3) });
    expect(cache.length).toBe(7);
  });

  test.each<[object, string]>([
    [{ window: 0 }, "window must be a positive integer (got 0)"],
    [{ batch: -1 }, "batch must be a non-negative integer (got -1)"],
    [
      { maxLength: 4 },
      'unknown option "maxLength" (known: backend, batch, dtype, heads, valueWidth, width, window)',
    ],
  ])("refuses %j", (options, message) => {
    const all = { batch: 1, heads: 1, window: 2, width: 4, ...options };
    expect(() => new WindowKeyValueCache(all)).toThrow(new ArgumentError(`WindowKeyValueCache: ${message}`));
  });

  test("what does not fit is refused, and nothing is taken", () => {
    using cache = make(2);
    using k = rows(1, 4);
    expect(() => cache.append(k, k)).toThrow(
      new ShapeError(`WindowKeyValueCache: v must be [1,1,1,3] (got ${k.describe()})`),
    );
    expect(cache.length).toBe(0);
  });
});
