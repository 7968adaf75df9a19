import {
  ArgumentError,
  concat,
  Key,
  LifetimeError,
  memory,
  randn,
  ShapeError,
  type Tensor,
  tidy,
  zeros,
} from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MultiHeadAttention } from "../multi-head-attention.ts";
import { attention } from "../scaled-dot-product/attention.ts";
import { arbitraryCached, operandsOf, pieceByPiece } from "../testing/cached-attention.ts";
import { KeyValueBlocks } from "./key-value-blocks.ts";

guardMemory({ beforeEach, afterEach });

const make = (blocks: number, blockSize = 4, heads = 1): KeyValueBlocks =>
  new KeyValueBlocks({ blocks, blockSize, heads, width: 4, valueWidth: 3, dtype: "f64" });

describe("attention over blocks", () => {
  const blockSize = fc.integer({ min: 1, max: 5 });

  test("is attention over the whole sequence, in pieces of any length, in f64", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryCached(false), blockSize, async (example, size) => {
        using pool = make(400, size, example.K);
        using other = pool.createCache({ batch: 1 });
        using cache = pool.createCache({ batch: example.B });
        const [whole, pieced] = await evaluateAll(() => {
          const operands = operandsOf(example);
          const { q, k, v, spec } = operands;
          // Another sequence takes blocks in between.
          other.append(k.narrow(0, 0, 1), v.narrow(0, 0, 1));
          return [attention(q, k, v, spec), pieceByPiece(cache, example.pieces, operands)];
        });
        expect(pieced.length).toBe(whole.length);
        for (const [i, value] of whole.entries()) expect(pieced[i]).toBeCloseTo(value, 11);
      }),
      { numRuns: 100 },
    );
  });

  test("sequences that share a beginning go on each by itself", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryCached(false), blockSize, fc.boolean(), async (example, size, early) => {
        using pool = make(400, size, example.K);
        const results = await evaluateAll(() => {
          const operands = operandsOf(example);
          const { q, k, v, spec } = operands;
          using prompt = pool.createCache({ batch: example.B });
          const half = Math.floor(k.shape[2] / 2);
          const part = (x: Tensor, start: number, count: number): Tensor => x.narrow(2, start, count);
          prompt.append(part(k, 0, half), part(v, 0, half));
          const rest = k.shape[2] - half;
          // The second half of one copy is another's turned around.
          return [false, true].flatMap((turned) => {
            using copy = prompt.fork();
            if (early && turned) prompt.dispose();
            const turn = (x: Tensor): Tensor => (turned ? x.flip(2) : x);
            const [more, moreValues] = [turn(part(k, half, rest)), turn(part(v, half, rest))];
            const { keys, values } = copy.append(more, moreValues);
            const queries = part(q, half, rest);
            const whole = attention(
              queries,
              concat([part(k, 0, half), more], 2),
              concat([part(v, 0, half), moreValues], 2),
              spec,
            );
            return [attention(queries, keys, values, spec), whole];
          });
        });
        for (const [i, value] of results[0].entries()) expect(value).toBeCloseTo(results[1][i], 11);
        for (const [i, value] of results[2].entries()) expect(value).toBeCloseTo(results[3][i], 11);
        expect(pool.free).toBe(400);
      }),
      { numRuns: 60 },
    );
  });

  test("pieceByPiece of multi-head attention; a call that throws leaves blocks and length as they were", async () => {
    using mha = new MultiHeadAttention(
      { embedDim: 8, numHeads: 4, numKeyValueHeads: 2 },
      { key: new Key(0) },
    );
    using pool = new KeyValueBlocks({ blocks: 8, blockSize: 3, heads: 2, width: 2 });
    using cache = pool.createCache({ batch: 2 });
    using x = randn(new Key(1), [2, 9, 8]);
    using bad = zeros([7, 7, 7]);
    const [whole, ...parts] = await evaluateAll(() => {
      const outs = [0, 4, 5].map((start, i) =>
        mha.forward(x.narrow(1, start, [4, 1, 4][i]), { causal: true, cache }),
      );
      return [mha.forward(x, { causal: true }), concat(outs, 1)];
    });
    for (const [i, value] of whole.entries()) expect(parts[0][i]).toBeCloseTo(value, 5);
    const { free } = pool;
    expect(() => tidy(() => mha.forward(x.narrow(1, 0, 2), { causal: true, cache, bias: bad }))).toThrow(
      ShapeError,
    );
    expect([cache.length, pool.free]).toEqual([9, free]);
  });
});

describe("blocks", () => {
  const rows = (batch: number, count: number, of: number): Tensor =>
    zeros([batch, 1, count, of], { dtype: "f64" });
  const append = (cache: ReturnType<KeyValueBlocks["createCache"]>, batch: number, count: number): void =>
    tidy(() => void cache.append(rows(batch, count, 4), rows(batch, count, 3)));

  test("are taken as sequences grow, shared by forks, copied when written to, and given back", () => {
    const before = memory().bytes;
    using pool = make(10);
    const bytes = memory().bytes - before;
    expect(bytes).toBe(8 * 10 * 4 * (4 + 3));
    using one = pool.createCache({ batch: 1 });
    append(one, 1, 6);
    expect(pool.free).toBe(8);
    using three = one.fork([0, 0, 0]);
    expect([pool.free, three.length]).toEqual([8, 6]);
    append(three, 3, 1); // each copies the half-filled block
    expect(pool.free).toBe(5);
    append(one, 1, 2); // nobody shares it any more
    expect(pool.free).toBe(5);
    three.truncate(4);
    expect(pool.free).toBe(8);
    append(three, 3, 1);
    expect(pool.free).toBe(5);
    one.reset();
    three.dispose();
    three.dispose();
    expect(pool.free).toBe(10);
  });

  test("where only a cache's own sequences share a block, the last keeps it", () => {
    using pool = make(4);
    const prompt = pool.createCache({ batch: 1 });
    append(prompt, 1, 2);
    using two = prompt.fork([0, 0]);
    prompt.dispose();
    append(two, 2, 1);
    expect(pool.free).toBe(2);
  });

  test("too few are an error with the numbers, and nothing is taken", () => {
    using pool = make(2);
    using cache = pool.createCache({ batch: 1 });
    append(cache, 1, 3);
    expect(() => append(cache, 1, 6)).toThrow(
      new ArgumentError(
        "KeyValueBlocks: 1 of 2 blocks is free, 2 are needed; truncate or dispose of caches first",
      ),
    );
    expect([cache.length, cache.maxLength, pool.free]).toEqual([3, 8, 1]);
  });

  test("no gather for one sequence whose blocks follow each other", () => {
    using pool = make(8);
    using cache = pool.createCache({ batch: 1 });
    append(cache, 1, 5);
    const before = memory().bytes;
    using k = rows(1, 5, 4);
    using v = rows(1, 5, 3);
    const { keys, values } = cache.append(k, v);
    expect(memory().bytes - before).toBe(8 * 5 * (4 + 3));
    keys.dispose();
    values.dispose();
  });

  test("wrong options and items", () => {
    expect(() => make(0)).toThrow(
      new ArgumentError("KeyValueBlocks: blocks must be a positive integer (got 0)"),
    );
    using pool = make(2);
    using cache = pool.createCache({ batch: 2 });
    expect(() => cache.fork([2])).toThrow(
      new ArgumentError(
        "PagedKeyValueCache: fork takes indices below 2, one for each sequence that it makes (got 2)",
      ),
    );
    expect(() => pool.createCache({ batch: 1, maxLength: 8 } as { batch: number })).toThrow(
      new ArgumentError('KeyValueBlocks.createCache: unknown option "maxLength" (known: batch)'),
    );
    cache.dispose();
    const late = new LifetimeError("PagedKeyValueCache: was used after dispose()");
    expect(() => append(cache, 2, 1)).toThrow(late);
    expect(() => cache.fork([])).toThrow(late);
    expect(() => pool.createCache({ batch: -1 })).toThrow(
      new ArgumentError("KeyValueBlocks: batch must be a non-negative integer (got -1)"),
    );
  });
});
