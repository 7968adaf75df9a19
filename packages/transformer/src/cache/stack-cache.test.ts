import { ArgumentError, Key, memory as liveMemory, randn, type Tensor, tensor, zeros } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TransformerDecoder } from "../blocks/decoder.ts";
import { TransformerEncoder } from "../blocks/encoder.ts";
import { Seq2SeqTransformer } from "../models/seq2seq-transformer.ts";
import { makeStackCache } from "./stack-cache.ts";

guardMemory({ beforeEach, afterEach });

const T = 6;
const config = { embedDim: 8, numHeads: 2, numLayers: 2, dropout: 0.3 };
const pieces = [[T], [1, 1, 1, 1, 1, 1], [3, 1, 2]];

describe.each([false, true])("stacks with caches: normFirst %s", (normFirst) => {
  test("an encoder that is causal, with a bias", async () => {
    using stack = new TransformerEncoder({ ...config, normFirst }, { key: new Key(0) });
    using cache = stack.createCache({ batch: 2, maxLength: T });
    using x = randn(new Key(1), [2, T, 8]);
    using bias = randn(new Key(2), [2, 1, T, T]);
    for (const lengths of pieces) {
      cache.reset();
      const [whole, ...parts] = await evaluateAll(() => [
        stack.forward(x, { causal: true, bias }),
        ...lengths.map((length) => {
          const start = cache.length;
          const rows = bias.narrow(2, start, length).narrow(3, 0, start + length);
          const options = { causal: true, bias: rows, caches: cache.layers };
          return stack.forward(x.narrow(1, start, length), options);
        }),
      ]);
      expectPieces(parts, whole, lengths);
    }
  });

  test("a decoder, with a padded memory", async () => {
    using stack = new TransformerDecoder({ ...config, normFirst }, { key: new Key(0) });
    using cache = stack.createCache({ batch: 2, maxLength: T });
    using x = randn(new Key(1), [2, T, 8]);
    using memory = randn(new Key(2), [2, 5, 8]);
    using memoryMask = tensor(Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1, 0, 0), { shape: [2, 1, 1, 5] });
    for (const lengths of pieces) {
      cache.reset();
      const [whole, ...parts] = await evaluateAll(() => [
        stack.forward(x, memory, { memoryMask }),
        ...lengths.map((length) => {
          const part = x.narrow(1, cache.length, length);
          return stack.forward(part, memory, { memoryMask, caches: cache.layers });
        }),
      ]);
      expectPieces(parts, whole, lengths);
      expect(cache.layers.map(({ memory: { length } }) => length)).toEqual([5, 5]);
    }
  });
});

/** Outputs `[2, T, 8]` of a batch, piece by piece. */
function expectPieces(
  parts: readonly number[][],
  whole: readonly number[],
  lengths: readonly number[],
): void {
  let start = 0;
  for (const [p, length] of lengths.entries()) {
    for (const b of [0, 1]) {
      for (let i = 0; i < length * 8; i++) {
        expect(parts[p][b * length * 8 + i]).toBeCloseTo(whole[b * T * 8 + start * 8 + i], 5);
      }
    }
    start += length;
  }
}

describe("Seq2SeqTransformer.decode with a cache", () => {
  test("gives the logits that it gives without; a reset cache takes another memory", async () => {
    const sizes = { sourceVocabSize: 9, targetVocabSize: 7, maxLength: 6, embedDim: 8, numHeads: 2 };
    using model = new Seq2SeqTransformer(
      { ...sizes, numEncoderLayers: 1, numDecoderLayers: 2 },
      { key: new Key(0) },
    );
    using cache = model.createCache({ batch: 1, maxLength: 6 });
    const ids = (...row: number[]): Tensor => tensor([row], { dtype: "i32" });
    for (const source of [
      [1, 2, 3],
      [4, 5, 6, 7],
    ]) {
      cache.reset();
      const [whole, ...parts] = await evaluateAll(() => {
        const memory = model.encode(ids(...source), null);
        return [
          model.decode(ids(0, 1, 2, 3, 4, 5), memory, null),
          model.decode(ids(0, 1), memory, null, { cache }),
          ...[2, 3, 4, 5].map((id) => model.decode(ids(id), memory, null, { cache })),
        ];
      });
      for (const [i, value] of whole.entries()) expect(parts.flat()[i]).toBeCloseTo(value, 5);
      expect(cache.length).toBe(6);
    }
    using more = ids(1);
    using memory = zeros([1, 4, 8]);
    expect(() => model.decode(more, memory, null, { cache })).toThrow(
      `Seq2SeqTransformer: ids must be [batch, length <= maxLength 6] (got ${more.describe()} behind 6 in the cache)`,
    );
    cache.truncate(2);
    expect(() => model.decode(more, memory, null, { cache })).toThrow(/holds what was made of tensors/);
    expect(cache.layers.map(({ length }) => length)).toEqual([2, 2]);
    expect(() => model.decode(more, memory, null, { caches: [] } as object)).toThrow(
      new ArgumentError('Seq2SeqTransformer.decode: unknown option "caches" (known: cache, key)'),
    );
  });
});

describe("caches of a stack", () => {
  test("are one per layer, each another, and equally long", () => {
    using stack = new TransformerEncoder(config, { key: new Key(0) });
    using cache = stack.createCache({ batch: 1, maxLength: 4 });
    using x = zeros([1, 1, 8]);
    const [a, b] = cache.layers;
    for (const [caches, got] of [
      [[a], "1 in 1"],
      [[a, a], "1 in 2"],
      [[a, b, a], "2 in 3"],
    ] as const) {
      expect(() => stack.forward(x, { causal: true, caches })).toThrow(
        new ArgumentError(`TransformerEncoder: caches must be 2 different ones, one per layer (got ${got})`),
      );
    }
    stack.layers[0].forward(x, { causal: true, cache: a }).dispose();
    expect(() => stack.forward(x, { causal: true, caches: [a, b] })).toThrow(
      new ArgumentError("TransformerEncoder: caches must hold equally many elements (got 1, 0)"),
    );
    a.reset();
    expect(() => stack.forward(x, { caches: [a, b] })).toThrow(/needs causal: true/);
    expect(() => stack.forward(x, { causal: true, cache: a } as object)).toThrow(
      new ArgumentError(
        'TransformerEncoder: unknown option "cache" (known: bias, caches, causal, cuSeqlens, key, lengths, mask)',
      ),
    );
    using decoder = new TransformerDecoder(config, { key: new Key(0) });
    expect(() => decoder.forward(x, x, { cache: null } as object)).toThrow(
      new ArgumentError(
        'TransformerDecoder: unknown option "cache" (known: bias, caches, causal, cuSeqlens, key, lengths, mask, memoryBias, memoryCuSeqlens, memoryLengths, memoryMask)',
      ),
    );
  });

  test("if one cannot be made, none stays", () => {
    const before = liveMemory().bytes;
    using stack = new TransformerEncoder(config, { key: new Key(0) });
    let made = 0;
    expect(() =>
      makeStackCache(stack.layers, ({ selfAttention }) => {
        if (++made === 2) throw new Error("no memory");
        return selfAttention.createCache({ batch: 1, maxLength: 4 });
      }),
    ).toThrow("no memory");
    stack.dispose();
    expect(liveMemory().bytes).toBe(before);
  });
});
