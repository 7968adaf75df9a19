import { ArgumentError, concat, Key, narrow, randn, type Tensor, tensor, valueAndGrad } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Gpt, type GptConfig } from "../models/gpt.ts";
import { Seq2SeqTransformer } from "../models/seq2seq-transformer.ts";
import { TransformerDecoder, TransformerDecoderLayer } from "./decoder.ts";
import { TransformerEncoder, TransformerEncoderLayer } from "./encoder.ts";
import type { SelfAttentionConfig } from "./self-attention-config.ts";

guardMemory({ beforeEach, afterEach });

const ropeScaling = {
  ropeType: "llama3",
  factor: 4,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalMaxPositionEmbeddings: 8,
} as const;
const everything: SelfAttentionConfig = {
  numKeyValueHeads: 2,
  slidingWindow: 3,
  attnLogitSoftcapping: 2,
  ropeTheta: 100,
  ropeScaling,
  partialRotaryFactor: 0.5,
  ropeInterleave: true,
  alibi: true,
  relativeAttention: { numBuckets: 4, maxDistance: 6 },
  qkNorm: true,
  sinks: true,
};
const each: [string, SelfAttentionConfig][] = [
  ...Object.entries(everything).flatMap(([name, value]): [string, SelfAttentionConfig][] =>
    /partial|Interleave|Softcap/.test(name) ? [] : [[name, { [name]: value }]],
  ),
  ["partialRotaryFactor", { ropeTheta: 100, partialRotaryFactor: 0.5 }],
  ["attnLogitSoftcapping", { attnLogitSoftcapping: 0.01 }], // initial scores are small
  ["ropeInterleave", { ropeTheta: 100, ropeInterleave: true }],
  ["dynamic", { ropeScaling: { ropeType: "dynamic", factor: 2, originalMaxPositionEmbeddings: 3 } }],
  ["everything", everything],
];

const sizes = { embedDim: 16, numHeads: 4, numLayers: 2 };
const key = new Key(0);
const gpt = (attention: GptConfig["attention"]): Gpt =>
  new Gpt({ vocabSize: 11, contextLength: 8, ...sizes, ...(attention ? { attention } : {}) }, { key });
const ids = (...rows: number[][]): Tensor => tensor(rows, { dtype: "i32" });

function expectClose(got: readonly number[], wanted: readonly number[]): void {
  expect(got.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) expect(got[i]).toBeCloseTo(value, 5);
}

describe("attention of a Gpt", () => {
  test.each(each)("%s: counts, learns, and decodes as it reads", async (name, attention) => {
    using model = gpt(attention);
    using plain = gpt(undefined);
    const shared = plain.stateDict();
    const own = model.stateDict();
    const common = Object.keys(own).filter(
      (path) => path in shared && `${own[path].shape}` === `${shared[path].shape}`,
    );
    plain.loadStateDict(Object.fromEntries(common.map((path) => [path, own[path]])), { strict: false });
    using input = ids([1, 5, 2, 8, 3, 3, 9]);
    using cache = model.createCache({ batch: 1 });
    const [whole, ...pieces] = await evaluateAll(() => [
      model.forward(input),
      ...[4, 2, 1].map((length) => model.forward(narrow(input, 1, cache.length, length), { cache })),
    ]);
    if (name === "dynamic") {
      // What the last token sees is what the whole text gives; those before had a shorter text.
      expectClose(pieces[2], whole.slice(-11));
    } else expectClose(pieces.flat(), whole);
    const [without] = await evaluateAll(() => [plain.forward(input)]);
    expect(Math.max(...whole.map((value, i) => Math.abs(value - without[i])))).toBeGreaterThan(1e-6);

    using target = ids([5, 2, 8, 3, 3, 9, 1]);
    using result = valueAndGrad(() => model.loss({ input, target }), model.parameters());
    const largest = await evaluateAll(() => result.grads.map((gradient) => gradient.abs().amax()));
    for (const [i, [path]] of [...model.namedParameters()].entries()) {
      if (path.endsWith("keyProjection.bias")) continue; // softmax does not see what all keys share
      expect(largest[i][0], path).toBeGreaterThan(1e-9);
    }
  });

  test("positions of its own take the place of learned ones", () => {
    for (const [name, attention] of each) {
      using model = gpt(attention);
      const learned = /numKey|Window|Softcap|qkNorm|sinks/.test(name);
      expect(model.positions !== null, name).toBe(learned);
      expect("positions.weight" in model.stateDict(), name).toBe(learned);
    }
    using looking = gpt({ relativeAttention: { numBuckets: 4 } });
    const { selfAttention } = looking.decoder.layers[0];
    expect(selfAttention.positions.relativeBias?.weight.shape).toEqual([4, 4]);
  });

  test("one for each layer: windows and full attention in turns", async () => {
    using model = gpt([{ slidingWindow: 2 }, {}]);
    using same = gpt({});
    same.loadStateDict(model.stateDict());
    using x = randn(new Key(1), [1, 6, 16]);
    const [got, wanted] = await evaluateAll(() => {
      const [first, second] = same.decoder.layers;
      const mask = tensor(
        Uint8Array.from({ length: 36 }, (_, n) => Number(Math.floor(n / 6) - (n % 6) < 2)),
        { shape: [6, 6] },
      );
      const y = second.forward(first.forward(x, { causal: true, mask }), { causal: true });
      return [model.decoder.forward(x, { causal: true }), same.decoder.norm?.forward(y) ?? y];
    });
    expectClose(got, wanted);
    expect(() => gpt([{}])).toThrow(
      new ArgumentError("Gpt: attention must be one for all, or one for each of 2 layers (got 1)"),
    );
  });

  test.each<[string, SelfAttentionConfig | undefined]>([
    ["learned positions", undefined],
    ["everything", everything],
  ])("padded and packed texts give what each gives alone: %s", async (_, attention) => {
    using model = gpt(attention);
    const [alone, padded, packed] = await evaluateAll(() => {
      const [first, second] = [ids([1, 5, 2, 8, 3]), ids([7, 7, 4])];
      const rows = model.forward(ids([1, 5, 2, 8, 3], [7, 7, 4, 0, 0]), { lengths: [5, 3] });
      return [
        concat([model.forward(first), model.forward(second)], 1),
        concat([narrow(rows, 0, 0, 1), narrow(narrow(rows, 0, 1, 1), 1, 0, 3)], 1),
        model.forward(concat([first, second], 1), { cuSeqlens: [0, 5, 8] }),
      ];
    });
    expectClose(padded, alone);
    expectClose(packed, alone);
  });

  test("packed texts together may be longer than the context, each alone not", () => {
    using model = gpt(undefined);
    using long = ids([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    model.forward(long, { cuSeqlens: [0, 8, 10] }).dispose();
    expect(() => model.forward(long, { cuSeqlens: [0, 1, 10] })).toThrow(/length <= contextLength 8/);
    for (const cuSeqlens of [[0, 8], [0, 6, 4, 10], [10], [1, 10]]) {
      expect(() => model.forward(long, { cuSeqlens })).toThrow(
        new ArgumentError(
          `Gpt: cuSeqlens must rise from 0 to the length of one batch item (got [${cuSeqlens.join(", ")}] for ${long.describe()})`,
        ),
      );
    }
    using cache = model.createCache({ batch: 1 });
    using one = ids([1]);
    model.forward(one, { cache }).dispose();
    expect(() => model.forward(one, { cache, cuSeqlens: [0, 1] })).toThrow(
      new ArgumentError("Gpt: packed texts do not go on behind a cache (got 1 elements in it)"),
    );
  });
});

describe("attention of blocks", () => {
  test("an encoder's window looks to both sides", async () => {
    const layer = { embedDim: 16, numHeads: 4 };
    using windowed = new TransformerEncoderLayer({ ...layer, attention: { slidingWindow: 1 } }, { key });
    using plain = new TransformerEncoderLayer(layer, { key });
    using x = randn(new Key(1), [1, 5, 16]);
    const near = Uint8Array.from({ length: 25 }, (_, n) => Number(Math.abs(Math.floor(n / 5) - (n % 5)) < 2));
    using mask = tensor(near, { shape: [5, 5] });
    const [got, wanted] = await evaluateAll(() => [windowed.forward(x), plain.forward(x, { mask })]);
    expectClose(got, wanted);
  });

  test("a decoder: positions and windows are its own, heads, caps and norms also the memory's", () => {
    using layer = new TransformerDecoderLayer({ embedDim: 16, numHeads: 4, attention: everything }, { key });
    expect(layer.selfAttention.positions.kinds).toBe("rotary, relativePositions, alibi");
    expect(layer.crossAttention.positions.kinds).toBe("");
    expect(layer.crossAttention.keyProjection.weight.shape).toEqual([8, 16]);
    expect([layer.crossAttention.keyNorm !== null, layer.crossAttention.sinks]).toEqual([true, null]);
  });

  test("padded and packed targets and memories give what each gives alone", async () => {
    using decoder = new TransformerDecoder({ ...sizes, attention: everything }, { key });
    using x = randn(new Key(1), [1, 7, 16]);
    using memory = randn(new Key(2), [1, 6, 16]);
    const cut = (y: Tensor, start: number, length: number): Tensor => narrow(y, 1, start, length);
    const [alone, padded, packed] = await evaluateAll(() => {
      const targets = [cut(x, 0, 4), cut(x, 4, 3)];
      const memories = [cut(memory, 0, 2), cut(memory, 2, 4)];
      const rows = decoder.forward(
        concat([targets[0], concat([targets[1], cut(x, 0, 1)], 1)], 0),
        concat([concat([memories[0], cut(memory, 0, 2)], 1), memories[1]], 0),
        { lengths: [4, 3], memoryLengths: [2, 4] },
      );
      return [
        concat(
          targets.map((target, n) => decoder.forward(target, memories[n])),
          1,
        ),
        concat([narrow(rows, 0, 0, 1), cut(narrow(rows, 0, 1, 1), 0, 3)], 1),
        decoder.forward(x, memory, { cuSeqlens: [0, 4, 7], memoryCuSeqlens: [0, 2, 6] }),
      ];
    });
    expectClose(padded, alone);
    expectClose(packed, alone);
    expect(() => decoder.forward(x, memory, { cuSeqlens: [0, 4, 7] })).toThrow(
      /cuSeqlens and memoryCuSeqlens go together \(got cuSeqlens alone\)/,
    );
  });

  test("cross weights are capped as cross-attention is", async () => {
    const config = { ...sizes, numLayers: 1, attention: { attnLogitSoftcapping: 0.01 } };
    using decoder = new TransformerDecoder(config, { key });
    using x = randn(new Key(1), [1, 2, 16]);
    const [weights] = await evaluateAll(() => decoder.crossWeights(x, x));
    for (const weight of weights) expect(weight).toBeCloseTo(0.5, 1);
  });

  test("a translator with rotary positions has no sinusoids, and decodes as it reads", async () => {
    const vocabularies = { sourceVocabSize: 9, targetVocabSize: 7, maxLength: 8 };
    const layers = { embedDim: 16, numHeads: 4, numEncoderLayers: 1, numDecoderLayers: 1 };
    const make = (attention: SelfAttentionConfig): Seq2SeqTransformer =>
      new Seq2SeqTransformer({ ...vocabularies, ...layers, attention }, { key });
    using model = make(everything);
    using cache = model.createCache({ batch: 1, maxLength: 8 });
    const [whole, ...steps] = await evaluateAll(() => {
      const memory = model.encode(ids([1, 2, 3]), null);
      return [
        model.decode(ids([0, 4, 2]), memory, null),
        ...[0, 4, 2].map((id) => model.decode(ids([id]), memory, null, { cache })),
      ];
    });
    expectClose(steps.flat(), whole);
    // Without positions of any kind, an encoder does not see the order of a source: these have some.
    const [straight, back] = await evaluateAll(() => [
      model.encode(ids([1, 2, 3]), null).sum([0, 1]),
      model.encode(ids([3, 2, 1]), null).sum([0, 1]),
    ]);
    expect(Math.max(...straight.map((value, i) => Math.abs(value - back[i])))).toBeGreaterThan(1e-3);
  });

  test.each<[object, string]>([
    [{ rope_theta: 1 }, 'TransformerEncoder: attention: unknown option "rope_theta"'],
    [{ numKeyValueHeads: 3 }, "TransformerEncoder: numHeads 4 is not a multiple of numKeyValueHeads 3"],
    [{ slidingWindow: 0 }, "TransformerEncoder: slidingWindow must be a positive integer (got 0)"],
    [
      { attnLogitSoftcapping: -1 },
      "TransformerEncoder: attnLogitSoftcapping must be positive and finite (got -1)",
    ],
    [
      { partialRotaryFactor: 0.5 },
      "TransformerEncoder: partialRotaryFactor is about rotary positions: give ropeTheta (got 0.5)",
    ],
    [
      { ropeTheta: 1, partialRotaryFactor: 0.3 },
      "TransformerEncoder: partialRotaryFactor must be in (0, 1], an even number of features of a head's 4 (got 0.3)",
    ],
    [{ ropeTheta: -1 }, "rotary positions: base must be positive"],
    [{ relativeAttention: { numBuckets: 3 } }, "numBuckets must be"],
  ])("%j is refused, before anything is allocated", (attention, message) => {
    expect(() => new TransformerEncoder({ ...sizes, attention }, { key })).toThrow(message);
  });
});
