import { Key, ones, randn, tensor } from "@saccade/core";
import { leftBehind } from "@saccade/core/testing";
import { afterAll, describe, expect, test } from "vitest";
import * as all from "./index.ts";

/** Every public name, or that it has to do with numbers alone. One that is missing here does not compile, and fails below. */
type Calls = { readonly [N in keyof typeof all]: (() => unknown) | "numbers" };

const key = new Key(0);
const x = randn(key, [2, 3, 8]);
const memory = randn(key.fold(1), [2, 4, 8]);
const mask = ones([2, 1, 1, 3], { dtype: "u8" });
const source = tensor([[1, 2, 3, 4], [4, 3, 0, 0]], { dtype: "i32" }); // biome-ignore format: a matrix
const sourceMask = tensor([[1, 1, 1, 1], [1, 1, 0, 0]], { dtype: "u8" }); // biome-ignore format: a matrix
const ids = tensor([[1, 2, 3], [3, 2, 1]], { dtype: "i32" }); // biome-ignore format: a matrix
const given = [x, memory, mask, source, sourceMask, ids];
afterAll(() => {
  for (const each of given) each.dispose();
});

const layer = { embedDim: 8, numHeads: 2, dropout: 0.1 };
const stack = { ...layer, numLayers: 2, normFirst: true };
const makeGpt = (): all.Gpt =>
  new all.Gpt(
    { vocabSize: 5, contextLength: 8, embedDim: 8, numLayers: 2, numHeads: 2, dropout: 0.1 },
    { key },
  );
const makeSeq2Seq = (): all.Seq2SeqTransformer =>
  new all.Seq2SeqTransformer(
    {
      ...layer,
      sourceVocabSize: 5,
      targetVocabSize: 5,
      maxLength: 8,
      numEncoderLayers: 1,
      numDecoderLayers: 2,
    },
    { key },
  );

const calls: Calls = {
  DecoderLayerCache: () => {
    using decoder = new all.TransformerDecoderLayer(layer, { key });
    using cache = new all.DecoderLayerCache(decoder.selfAttention.createCache({ batch: 2, maxLength: 8 }));
    return [decoder.forward(x, memory, { cache }), decoder.forward(x, memory, { cache })];
  },
  FeedForward: () => {
    using feedForward = new all.FeedForward({ embedDim: 8, hiddenDim: 4, dropout: 0.1 }, { key });
    return [feedForward.forward(x), feedForward.forward(x, { key })];
  },
  Gpt: () => {
    using model = makeGpt();
    const batch = { input: ids, target: ids };
    return [model.forward(ids), model.forward(ids, { key }), model.loss(batch), model.loss(batch, { key })];
  },
  IGNORE_INDEX: "numbers",
  Seq2SeqTransformer: () => {
    using model = makeSeq2Seq();
    const batch = { source, sourceMask, input: ids, target: ids };
    return [
      ...[model.forward(batch), model.forward(batch, { key }), model.loss(batch), model.loss(batch, { key })],
      ...[model.encode(source, null), model.decode(ids, memory, sourceMask), ...model.crossWeights(batch)],
    ];
  },
  StackCache: () => {
    using model = makeSeq2Seq();
    using decoding = model.createCache({ batch: 2, maxLength: 8 });
    using gpt = makeGpt();
    using cache = gpt.createCache({ batch: 2 });
    return [
      model.decode(ids, memory, sourceMask, { cache: decoding }),
      model.decode(ids, memory, sourceMask, { cache: decoding }),
      gpt.forward(ids, { cache, logits: "last" }),
      gpt.forward(ids, { cache }),
    ];
  },
  TransformerDecoder: () => {
    using decoder = new all.TransformerDecoder(stack, { key });
    return [decoder.forward(x, memory, { mask, key }), decoder.crossWeights(x, memory)];
  },
  TransformerDecoderLayer: () => {
    using decoder = new all.TransformerDecoderLayer(layer, { key });
    return [decoder.forward(x, memory, { mask, key }), decoder.crossWeights(x, memory)];
  },
  TransformerEncoder: () => {
    using encoder = new all.TransformerEncoder(stack, { key });
    return [encoder.forward(x), encoder.forward(x, { mask, key })];
  },
  TransformerEncoderLayer: () => {
    using encoder = new all.TransformerEncoderLayer(layer, { key });
    return [encoder.forward(x), encoder.forward(x, { mask, key })];
  },
  generate: async () => {
    using model = makeGpt();
    for await (const _ of all.generate(model, [1, 2], { maxNewTokens: 3 }));
    for await (const _ of all.generate(model, [1, 2])) break;
  },
  greedyToken: "numbers",
  sampleToken: "numbers",
  translate: async () => {
    using model = makeSeq2Seq();
    await all.translate(model, source, sourceMask, { startId: 1, endId: 2, maxNewTokens: 3 });
  },
};

describe("where no scope is open, a function leaves its result and nothing else", () => {
  test("every public name is called", () => {
    expect(Object.keys(calls).sort()).toEqual(Object.keys(all).sort());
  });

  const withTensors = Object.entries(calls).flatMap(([name, call]) =>
    call === "numbers" ? [] : [{ name, call }],
  );
  test.each(withTensors)("$name", async ({ call }) => {
    expect(await leftBehind(call)).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
    expect(given.filter(({ isDisposed, scope }) => isDisposed || scope !== null)).toEqual([]);
  });

  test("what is refused leaves nothing", async () => {
    using gpt = makeGpt();
    using seq2seq = makeSeq2Seq();
    const refused = async (): Promise<void> => {
      expect(() => gpt.loss({ input: ids, target: source })).toThrow();
      expect(() => gpt.createCache({ batch: 1, maxLength: 9 })).toThrow();
      expect(() => gpt.createCache({ batch: -1 })).toThrow();
      using cache = gpt.createCache({ batch: 2, maxLength: 2 });
      expect(() => gpt.forward(ids, { cache })).toThrow();
      expect(() => seq2seq.encode(source, mask)).toThrow();
      expect(() => seq2seq.decode(ids, memory, mask)).toThrow();
      const options = { startId: 1, endId: 2, maxNewTokens: 3 };
      await expect(all.translate(seq2seq, source, mask, options)).rejects.toThrow();
    };
    expect(await leftBehind(refused)).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
  });
});
