import { ArgumentError, Key, memory, randn, tensor, zeros } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TransformerDecoder, TransformerDecoderLayer } from "./decoder.ts";
import type { StackConfig } from "./layer-config.ts";

guardMemory({ beforeEach, afterEach });

const config = { embedDim: 8, numHeads: 2, feedForwardDim: 12 };
const makeStack = (more: Partial<StackConfig> = {}): TransformerDecoder =>
  new TransformerDecoder({ ...config, numLayers: 2, ...more }, { key: new Key(0) });

describe("TransformerDecoderLayer", () => {
  test("is causal unless told otherwise", async () => {
    using layer = new TransformerDecoderLayer(config, { key: new Key(0) });
    using x = randn(new Key(1), [1, 4, 8]);
    using memory = randn(new Key(2), [1, 3, 8]);
    const [whole, start, open] = await evaluateAll(() => [
      layer.forward(x, memory).narrow(1, 0, 3),
      layer.forward(x.narrow(1, 0, 3), memory),
      layer.forward(x, memory, { causal: false }).narrow(1, 0, 3),
    ]);
    expect(whole).toEqual(start);
    expect(open).not.toEqual(start);
  });

  test("masks and biases reach the attention that they are for", async () => {
    using layer = new TransformerDecoderLayer(config, { key: new Key(0) });
    using x = randn(new Key(1), [1, 4, 8]);
    using memory = randn(new Key(2), [1, 4, 8]);
    using mask = tensor(Uint8Array.of(1, 1, 1, 0), { shape: [1, 1, 1, 4] });
    using bias = tensor([0, 0, 0, Number.NEGATIVE_INFINITY]);
    const three = (y: typeof x) => y.narrow(1, 0, 3);
    const [own, ownBias, ownExpected, other, otherBias, otherExpected] = await evaluateAll(() => [
      three(layer.forward(x, memory, { causal: false, mask })),
      three(layer.forward(x, memory, { causal: false, bias })),
      layer.forward(three(x), memory, { causal: false }),
      layer.forward(x, memory, { memoryMask: mask }),
      layer.forward(x, memory, { memoryBias: bias }),
      layer.forward(x, three(memory)),
    ]);
    for (const [i, value] of ownExpected.entries()) {
      expect(own[i]).toBeCloseTo(value, 5);
      expect(ownBias[i]).toBeCloseTo(value, 5);
    }
    for (const [i, value] of otherExpected.entries()) {
      expect(other[i]).toBeCloseTo(value, 5);
      expect(otherBias[i]).toBeCloseTo(value, 5);
    }
  });

  test("drops out if and only if it gets a key", async () => {
    using layer = new TransformerDecoderLayer({ ...config, dropout: 0.2 }, { key: new Key(0) });
    using x = randn(new Key(1), [1, 4, 8]);
    const [plain, again, dropped, same] = await evaluateAll(() => [
      layer.forward(x, x),
      layer.forward(x, x),
      layer.forward(x, x, { key: new Key(1) }),
      layer.forward(x, x, { key: new Key(1) }),
    ]);
    expect(again).toEqual(plain);
    expect(same).toEqual(dropped);
    expect(dropped).not.toEqual(plain);
  });

  test.each([{ normFirst: false }, { normFirst: true }])(
    "crossWeights are what it attends with: $normFirst",
    async (more) => {
      using layer = new TransformerDecoderLayer({ ...config, ...more }, { key: new Key(0) });
      using x = randn(new Key(1), [1, 3, 8]);
      using memory = randn(new Key(2), [1, 4, 8]);
      const options = { causal: true };
      const [weights, fromCross, expected] = await evaluateAll(() => {
        const { crossAttention, norm1, norm2, selfAttention } = layer;
        const attended = more.normFirst
          ? x.add(selfAttention.forward(norm1.forward(x), options))
          : norm1.forward(x.add(selfAttention.forward(x, options)));
        const queries = more.normFirst ? norm2.forward(attended) : attended;
        const seen = layer.crossWeights(x, memory);
        const values = crossAttention.valueProjection
          .forward(memory)
          .reshape([1, 4, 2, 4])
          .permute([0, 2, 1, 3]);
        const merged = seen.matmul(values).permute([0, 2, 1, 3]).reshape([1, 3, 8]);
        return [
          seen.sum(-1),
          crossAttention.outProjection.forward(merged),
          crossAttention.cross(queries, memory),
        ];
      });
      for (const total of weights) expect(total).toBeCloseTo(1, 6);
      for (const [i, value] of expected.entries()) expect(fromCross[i]).toBeCloseTo(value, 5);
    },
  );

  test("outside of any scope, only the result lives", () => {
    using layer = new TransformerDecoderLayer(config, { key: new Key(0) });
    using x = zeros([2, 3, 8]);
    const before = memory().tensors;
    using y = layer.forward(x, x);
    using weights = layer.crossWeights(x, x);
    expect(memory().tensors).toBe(before + 2);
    expect([y.shape, weights.shape]).toEqual([
      [2, 3, 8],
      [2, 2, 3, 3],
    ]);
  });

  test("refuses unknown options", () => {
    using layer = new TransformerDecoderLayer(config, { key: new Key(0) });
    using x = zeros([1, 2, 8]);
    const refused = (name: string, known: string): ArgumentError =>
      new ArgumentError(`TransformerDecoderLayer: unknown option "${name}" (known: ${known})`);
    const spec =
      "bias, causal, cuSeqlens, lengths, mask, memoryBias, memoryCuSeqlens, memoryLengths, memoryMask";
    expect(() => layer.forward(x, x, { tgtMask: null } as object)).toThrow(
      refused(
        "tgtMask",
        "bias, cache, causal, cuSeqlens, key, lengths, mask, memoryBias, memoryCuSeqlens, memoryLengths, memoryMask, rotaryTables",
      ),
    );
    expect(() => layer.crossWeights(x, x, { tgtMask: null } as object)).toThrow(refused("tgtMask", spec));
    expect(() => layer.crossWeights(x, x, { cache: null } as object)).toThrow(refused("cache", spec));
  });
});

describe("TransformerDecoder", () => {
  test("is its layers, one behind the other, and a last norm", async () => {
    using stack = makeStack({ finalNorm: true });
    using x = randn(new Key(1), [2, 3, 8]);
    using memory = randn(new Key(2), [2, 5, 8]);
    const [got, expected, first, second] = await evaluateAll(() => {
      const [a, b] = stack.layers;
      const h = a.forward(x, memory);
      return [
        stack.forward(x, memory),
        stack.norm?.forward(b.forward(h, memory)) ?? x,
        a.crossWeights(x, memory),
        b.crossWeights(h, memory),
      ];
    });
    expect(got).toEqual(expected);
    expect(await evaluateAll(() => stack.crossWeights(x, memory))).toEqual([first, second]);
  });

  test("outside of any scope, only the results live", () => {
    using stack = makeStack();
    using x = zeros([2, 3, 8]);
    const before = memory().tensors;
    const weights = stack.crossWeights(x, x);
    expect(memory().tensors).toBe(before + 2);
    for (const it of weights) it.dispose();
  });

  test("refuses unknown configs", () => {
    expect(() => makeStack({ layers: 2 } as object)).toThrow(/^TransformerDecoder: unknown option "layers"/);
  });
});
