import {
  ArgumentError,
  concat,
  GradientError,
  Key,
  randn,
  ShapeError,
  type Tensor,
  valueAndGrad,
  zeros,
} from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MultiHeadAttention, type SelfAttentionOptions } from "./multi-head-attention.ts";

guardMemory({ beforeEach, afterEach });

const T = 9;
const make = (numKeyValueHeads = 4): MultiHeadAttention =>
  new MultiHeadAttention({ embedDim: 8, numHeads: 4, numKeyValueHeads, dropout: 0.5 }, { key: new Key(0) });

describe("MultiHeadAttention.forward with a cache", () => {
  test.each<[string, number, SelfAttentionOptions]>([
    ["plain", 4, {}],
    ["grouped queries", 2, {}],
    ["one key head, window", 1, { window: 3 }],
    ["window by sides", 2, { window: { left: 2, right: 1 } }],
    ["softcap, scale", 2, { softcap: 2, scale: 0.7 }],
  ])("is forward of the whole sequence: %s", async (_, kvHeads, options) => {
    using mha = make(kvHeads);
    using cache = mha.createCache({ batch: 2, maxLength: T });
    using x = randn(new Key(1), [2, T, 8]);
    using bias = randn(new Key(2), [2, 4, T, T]);
    for (const pieces of [[T], [4, 1, 1, 3], Array.from({ length: T }, () => 1)]) {
      for (const biased of [false, true]) {
        const [whole, pieced] = await evaluateAll(() => {
          const outs: Tensor[] = [];
          cache.reset();
          for (const length of pieces) {
            const start = cache.length;
            const rows = bias.narrow(2, start, length).narrow(3, 0, start + length);
            const spec = { ...options, bias: biased ? rows : null, causal: true, cache };
            outs.push(mha.forward(x.narrow(1, start, length), spec));
          }
          return [mha.forward(x, { ...options, bias: biased ? bias : null, causal: true }), concat(outs, 1)];
        });
        expect(cache.length).toBe(T);
        for (const [i, value] of whole.entries()) expect(pieced[i]).toBeCloseTo(value, 5);
      }
    }
  });

  test("caches are made for the config, where the weights live", () => {
    using mha = make(2);
    using cache = mha.createCache({ batch: 3, maxLength: 5 });
    expect([cache.maxLength, cache.length]).toEqual([5, 0]);
    using k = zeros([3, 2, 1, 2]);
    const { keys, values } = cache.append(k, k);
    expect(keys.shape).toEqual([3, 2, 1, 2]);
    keys.dispose();
    values.dispose();
    expect(() => mha.createCache({ batch: 3, length: 5 } as never)).toThrow(
      new ArgumentError('MultiHeadAttention.createCache: unknown option "length" (known: batch, maxLength)'),
    );
  });

  test("what is refused leaves the cache as it was", () => {
    using mha = make();
    using cache = mha.createCache({ batch: 1, maxLength: 4 });
    using x = randn(new Key(1), [1, 3, 8]);
    using bias = zeros([3, 5]);
    expect(() => mha.forward(x, { cache })).toThrow(
      new ArgumentError("MultiHeadAttention: a cache holds what came before, and needs causal: true"),
    );
    expect(() => mha.forward(x, { cache, causal: true, bias })).toThrow(ShapeError);
    expect(() => mha.forward(x, { cache, causal: true, isCausal: true } as object)).toThrow(ArgumentError);
    expect(() => valueAndGrad(() => mha.forward(x, { cache, causal: true }).sum(), mha.parameters())).toThrow(
      GradientError,
    );
    expect(cache.length).toBe(0);
    mha.forward(x, { cache, causal: true }).dispose();
    expect(cache.length).toBe(3);
    expect(() => mha.forward(x, { cache, causal: true })).toThrow(ShapeError);
    expect(cache.length).toBe(3);
  });
});
