import { ArgumentError, GradientError, Key, LifetimeError, memory, randn, valueAndGrad } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MultiHeadAttention } from "../multi-head-attention.ts";
import { CrossAttentionCache } from "./cross-attention-cache.ts";

guardMemory({ beforeEach, afterEach });

const make = (): MultiHeadAttention =>
  new MultiHeadAttention(
    { embedDim: 8, numHeads: 4, numKeyValueHeads: 2, keyDim: 6, valueDim: 5 },
    { key: new Key(0) },
  );

describe("CrossAttentionCache", () => {
  test("projects the memory once, and attends to it as without", async () => {
    using mha = make();
    using cache = new CrossAttentionCache();
    using keys = randn(new Key(1), [2, 7, 6]);
    using values = randn(new Key(2), [2, 7, 5]);
    let projections = 0;
    for (const projection of [mha.keyProjection, mha.valueProjection]) {
      const forward = projection.forward.bind(projection);
      projection.forward = (x) => {
        projections++;
        return forward(x);
      };
    }
    expect(cache.length).toBe(0);
    for (const seed of [3, 4, 5]) {
      using x = randn(new Key(seed), [2, seed, 8]);
      const [got] = await evaluateAll(() => [mha.cross(x, keys, values, { cache, window: 3 })]);
      expect(projections).toBe(2);
      const [expected] = await evaluateAll(() => [mha.cross(x, keys, values, { window: 3 })]);
      projections -= 2;
      for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 6);
    }
    expect(cache.length).toBe(7);
  });

  test("another memory is refused until reset; memory is given back", async () => {
    using mha = make();
    using x = randn(new Key(1), [2, 3, 8]);
    using keys = randn(new Key(2), [2, 7, 6]);
    using values = randn(new Key(3), [2, 7, 5]);
    using others = randn(new Key(4), [2, 4, 6]);
    using theirs = randn(new Key(5), [2, 4, 5]);
    const before = memory();
    const cache = new CrossAttentionCache();
    mha.cross(x, keys, values, { cache }).dispose();
    expect(memory().bytes).toBe(before.bytes + 4 * 2 * 2 * 7 * 2 * 2);
    expect(() => mha.cross(x, others, values, { cache })).toThrow(
      new ArgumentError(
        `CrossAttentionCache: holds what was made of tensors ${keys.id} and ${values.id}; reset() it for another memory (got ${others.describe()}, ${values.describe()})`,
      ),
    );
    cache.reset();
    expect(memory().bytes).toBe(before.bytes);
    const [got, expected] = await evaluateAll(() => [
      mha.cross(x, others, theirs, { cache }),
      mha.cross(x, others, theirs),
    ]);
    expect(got).toEqual(expected);
    expect(cache.length).toBe(4);
    cache.dispose();
    cache.dispose();
    expect(() => mha.cross(x, others, theirs, { cache })).toThrow(
      new LifetimeError("CrossAttentionCache: was used after dispose()"),
    );
  });

  test("gradients of queries go through; of keys and values they are refused, by name", async () => {
    using mha = make();
    using cache = new CrossAttentionCache();
    using x = randn(new Key(1), [2, 3, 8]);
    using keys = randn(new Key(2), [2, 7, 6]);
    using values = randn(new Key(3), [2, 7, 5]);
    expect(() =>
      valueAndGrad(() => mha.cross(x, keys, values, { cache }).sum(), mha.keyProjection.parameters()),
    ).toThrow(
      new GradientError(
        "CrossAttentionCache: has no gradient rule and no composed form, and was used where a gradient is asked for",
      ),
    );
    expect(cache.length).toBe(0);
    const wrt = mha.queryProjection.parameters();
    using cached = valueAndGrad(() => mha.cross(x, keys, values, { cache }).square().sum(), wrt);
    using plain = valueAndGrad(() => mha.cross(x, keys, values).square().sum(), wrt);
    const [got, expected] = await evaluateAll(() => [cached.grads[0], plain.grads[0]]);
    for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 5);
    // What is held was made of them: zeros would be wrong.
    for (const lost of [[keys], [values], mha.keyProjection.parameters(), mha.valueProjection.parameters()]) {
      expect(() => valueAndGrad(() => mha.cross(x, keys, values, { cache }).sum(), lost)).toThrow(
        GradientError,
      );
    }
  });

  test("is of one layer", () => {
    using mha = make();
    using other = make();
    using cache = new CrossAttentionCache();
    using x = randn(new Key(1), [2, 3, 8]);
    using keys = randn(new Key(2), [2, 7, 6]);
    using values = randn(new Key(3), [2, 7, 5]);
    mha.cross(x, keys, values, { cache }).dispose();
    expect(() => other.cross(x, keys, values, { cache })).toThrow(
      new ArgumentError(
        "CrossAttentionCache: holds what another layer projected; each layer needs a cache of its own",
      ),
    );
  });
});
