import { autocast, DTypeError, Key, narrow, noGrad, randn, type Tensor } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MultiHeadLatentAttention } from "../moderns/multi-head-latent-attention.ts";
import { MultiHeadAttention } from "../multi-head-attention.ts";
import { KeyValueBlocks } from "./key-value-blocks.ts";
import type { KeyValueCache } from "./key-value-cache.ts";
import { WindowKeyValueCache } from "./window-key-value-cache.ts";

guardMemory({ beforeEach, afterEach });

const f16 = { dtype: "f16" } as const;
const key = new Key(0);
const sizes = { heads: 2, width: 8 };

/** Caches of one sequence of two heads, made outside of autocast and under it. */
const makers: Record<string, (mha: MultiHeadAttention) => KeyValueCache[]> = {
  static: (mha) => [mha.createCache({ batch: 1, maxLength: 6 })],
  "static, made under autocast": (mha) => [autocast(f16, () => mha.createCache({ batch: 1, maxLength: 6 }))],
  window: () => [new WindowKeyValueCache({ batch: 1, window: 6, ...sizes })],
  "window of f16": () => [new WindowKeyValueCache({ batch: 1, window: 6, ...sizes, dtype: "f16" })],
};

describe("under autocast a cache takes what it gets", () => {
  test.each(Object.keys(makers))("%s", async (kind) => {
    // qkNorm gives f32 where projections give f16: keys and values differ.
    for (const qkNorm of [false, true]) {
      using mha = new MultiHeadAttention({ embedDim: 16, numHeads: 2, rotary: true, qkNorm }, { key });
      using x = randn(new Key(1), [1, 6, 16]);
      const [cache] = makers[kind](mha);
      await compare(x, cache, (part, options) => mha.forward(part, { causal: true, ...options }));
      cache.dispose();
    }
  });

  test("paged", async () => {
    using mha = new MultiHeadAttention({ embedDim: 16, numHeads: 2 }, { key });
    using x = randn(new Key(1), [1, 6, 16]);
    using pool = new KeyValueBlocks({ blocks: 3, blockSize: 2, ...sizes });
    using cache = pool.createCache({ batch: 1 });
    await compare(x, cache, (part, options) => mha.forward(part, { causal: true, ...options }));
  });

  test("latents", async () => {
    const config = { embedDim: 16, numHeads: 2, latentDim: 8, headDim: 4, rotaryDim: 4 };
    using layer = new MultiHeadLatentAttention(config, { key });
    using x = randn(new Key(1), [1, 6, 16]);
    using cache = autocast(f16, () => layer.createCache({ batch: 1, maxLength: 6 }));
    await compare(x, cache, (part, options) => layer.forward(part, { causal: true, ...options }));
  });

  test("outside of it, floats of another kind are refused", () => {
    using mha = new MultiHeadAttention({ embedDim: 16, numHeads: 2 }, { key });
    using x = randn(new Key(1), [1, 6, 16]);
    const [cache] = makers["static, made under autocast"](mha);
    expect(() => mha.forward(x, { causal: true, cache })).toThrow(
      new DTypeError("StaticKeyValueCache: k must be f16, as the cache (got f32)"),
    );
    cache.dispose();
  });
});

/** Pieces in f16 behind a cache, against the whole in f32. */
async function compare(
  x: Tensor,
  cache: KeyValueCache,
  forward: (x: Tensor, options: { readonly cache?: KeyValueCache }) => Tensor,
): Promise<void> {
  const [whole, ...parts] = await evaluateAll(() =>
    noGrad(() => [
      forward(x, {}),
      ...[3, 1, 2].map((length) =>
        autocast(f16, () => forward(narrow(x, 1, cache.length, length), { cache })),
      ),
    ]),
  );
  const got = parts.flat();
  expect(got.length).toBe(whole.length);
  for (const [i, value] of whole.entries()) expect(Math.abs(got[i] - value)).toBeLessThan(0.01);
}
