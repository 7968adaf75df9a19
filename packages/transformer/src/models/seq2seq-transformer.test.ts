import {
  ArgumentError,
  Key,
  memory,
  ones,
  ShapeError,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@saccade/core";
import { AdamW } from "@saccade/core/optim";
import { evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { translate } from "../generation/translate.ts";
import { copyBatch, copyTask, disposeBatch } from "../testing/copy-task.ts";
import { directionalDerivatives } from "../testing/directional-derivative.ts";
import { IGNORE_INDEX, type Seq2SeqConfig, Seq2SeqTransformer } from "./seq2seq-transformer.ts";

guardMemory({ beforeEach, afterEach });

const make = (config: Partial<Seq2SeqConfig> = {}): Seq2SeqTransformer =>
  new Seq2SeqTransformer(
    {
      sourceVocabSize: 9,
      targetVocabSize: 8,
      maxLength: 8,
      embedDim: 8,
      numHeads: 2,
      numEncoderLayers: 2,
      numDecoderLayers: 2,
      feedForwardDim: 12,
      ...config,
    },
    { key: new Key(0) },
  );
const ids = (rows: number[][]): Tensor => tensor(rows, { dtype: "i32" });
const u8 = (rows: number[][]): Tensor => tensor(rows, { dtype: "u8" });
const close = (actual: readonly number[], expected: readonly number[]): void => {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 5);
};

test("encode ignores no option", () => {
  using model = make({});
  using source = ids([[3, 4]]);
  expect(() => model.encode(source, null, { seed: 1 } as never)).toThrow(
    'Seq2SeqTransformer.encode: unknown option "seed" (known: key)',
  );
});

describe.each([{ normFirst: false }, { normFirst: true }])("$normFirst pre-norm", (variant) => {
  test("a padded row has the logits that it has alone, whatever pads it", async () => {
    using model = make(variant);
    const [padded, otherwise, alone] = await evaluateAll(() => {
      const input = ids([
        [1, 5, 6],
        [1, 2, 3],
      ]);
      const sourceMask = u8([
        [1, 1, 1, 1, 1],
        [1, 1, 1, 0, 0],
      ]);
      const row = (logits: Tensor): Tensor => logits.slice(1);
      return [
        row(
          model.forward({
            source: ids([
              [3, 4, 5, 6, 7],
              [3, 4, 5, 0, 0],
            ]),
            sourceMask,
            input,
          }),
        ),
        row(
          model.forward({
            source: ids([
              [1, 1, 1, 1, 1],
              [3, 4, 5, 8, 7],
            ]),
            sourceMask,
            input,
          }),
        ),
        model.forward({ source: ids([[3, 4, 5]]), sourceMask: u8([[1, 1, 1]]), input: ids([[1, 2, 3]]) }),
      ];
    });
    close(padded, alone);
    expect(otherwise).toEqual(padded);
  });

  test("a later target changes no logits before it; every source token changes all", async () => {
    using model = make(variant);
    const logits = (source: number[], input: number[]): Promise<number[]> =>
      evaluate(() => model.decode(ids([input]), model.encode(ids([source]))));
    const before = await logits([3, 4, 5], [1, 2, 3, 4]);
    const target = await logits([3, 4, 5], [1, 2, 3, 7]);
    expect(target.slice(0, 24)).toEqual(before.slice(0, 24));
    expect(target.slice(24)).not.toEqual(before.slice(24));
    const source = await logits([3, 4, 8], [1, 2, 3, 4]);
    for (let t = 0; t < 4; t++) {
      expect(source.slice(t * 8, t * 8 + 8)).not.toEqual(before.slice(t * 8, t * 8 + 8));
    }
  });

  test("gradients reach every parameter, and agree with differences along a random direction", async () => {
    using model = make(variant);
    const batch = copyBatch([
      [3, 4, 5],
      [6, 7],
    ]);
    using result = valueAndGrad(() => model.loss(batch), model.parameters());
    const largest = await evaluateAll(() => result.grads.map((gradient) => gradient.abs().amax()));
    const names = Array.from(model.namedParameters(), ([name]) => name);
    for (const [i, [size]] of largest.entries()) {
      if (names[i].endsWith("keyProjection.bias")) expect(size).toBeLessThan(1e-6);
      else expect(size, names[i]).toBeGreaterThan(1e-6);
    }
    const { byReverse, byDifferences } = await directionalDerivatives(model, () => model.loss(batch));
    expect(Math.abs(byReverse - byDifferences)).toBeLessThan(0.01 * Math.max(0.1, Math.abs(byReverse)));
    disposeBatch(batch);
  });
});

describe("loss", () => {
  test("is the mean of -log p(target) over targets that are not IGNORE_INDEX", async () => {
    using model = make();
    const batch = copyBatch([[3, 4, 5], [6]]);
    const [logits, [loss], [same]] = await evaluateAll(() => {
      const logits = model.forward(batch);
      return [logits, model.loss(batch), model.lossOf(logits, batch.target)];
    });
    const targets = await batch.target.data();
    const losses = Array.from(targets).flatMap((id, row) => {
      if (id === IGNORE_INDEX) return [];
      const scores = logits.slice(row * 8, row * 8 + 8);
      return [Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - scores[id]];
    });
    expect(losses.length).toBe(4 + 2);
    expect(loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 6, 5);
    expect(same).toBe(loss);
    disposeBatch(batch);
  });

  test("padding a batch further does not change it", async () => {
    using model = make();
    const rows = [[3, 4], [6]];
    const short = copyBatch(rows);
    const long = copyBatch([...rows, [3, 4, 5, 6, 7]]);
    const [[expected], [got]] = await evaluateAll(() => [
      model.loss(short),
      model.loss({
        source: long.source.narrow(0, 0, 2),
        sourceMask: long.sourceMask.narrow(0, 0, 2),
        input: long.input.narrow(0, 0, 2),
        target: long.target.narrow(0, 0, 2),
      }),
    ]);
    expect(got).toBeCloseTo(expected, 5);
    disposeBatch(short);
    disposeBatch(long);
  });
});

describe("dropout", () => {
  test("happens if and only if there is a key, on both sides", async () => {
    using model = make({ dropout: 0.3 });
    const batch = copyBatch([[3, 4, 5]]);
    const [plain, again, dropped, same, other] = await evaluateAll(() => [
      model.forward(batch),
      model.forward(batch),
      model.forward(batch, { key: new Key(1) }),
      model.forward(batch, { key: new Key(1) }),
      model.forward(batch, { key: new Key(2) }),
    ]);
    expect(again).toEqual(plain);
    expect(same).toEqual(dropped);
    expect(dropped).not.toEqual(plain);
    expect(other).not.toEqual(dropped);
    const [encoded, noisy] = await evaluateAll(() => [
      model.encode(batch.source, null),
      model.encode(batch.source, null, { key: new Key(1) }),
    ]);
    expect(noisy).not.toEqual(encoded);
    disposeBatch(batch);
  });
});

describe("training", () => {
  test("learns to copy a few rows by heart", async () => {
    using model = make({
      embedDim: 16,
      feedForwardDim: 16,
      numEncoderLayers: 1,
      numDecoderLayers: 1,
      normFirst: true,
    });
    using optimizer = new AdamW(model.parameters(), { lr: 1e-2, weightDecay: 0 });
    const rows = [[3, 4, 5], [5, 4, 3], [6, 7], [7, 6], [3]];
    const batch = copyBatch(rows);
    let loss = Number.POSITIVE_INFINITY;
    let live = 0;
    for (let step = 0; step < 150 && loss > 0.05; step++) {
      using result = valueAndGrad(() => model.loss(batch), model.parameters());
      optimizer.step(result.grads);
      loss = await result.value.item();
      if (step === 1) live = memory().tensors;
      if (step > 1) expect(memory().tensors).toBe(live);
    }
    expect(loss).toBeLessThan(0.05);
    const { start: startId, end: endId } = copyTask;
    const options = { startId, endId, maxNewTokens: 5 };
    expect(await translate(model, batch.source, batch.sourceMask, options)).toEqual(rows);
    disposeBatch(batch);
  });
});

describe("crossWeights", () => {
  test.each([{ normFirst: false }, { normFirst: true }])(
    "of every layer: rows sum to 1 over what is not padded ($normFirst)",
    async (variant) => {
      using model = make(variant);
      const batch = copyBatch([[3, 4, 5], [6]]);
      const weights = await evaluateAll(() => model.crossWeights(batch));
      expect(weights.length).toBe(2);
      for (const layer of weights) {
        expect(layer.length).toBe(2 * 2 * 4 * 3);
        for (let row = 0; row < 16; row++) {
          const [a, b, c] = layer.slice(row * 3, row * 3 + 3);
          expect(a + b + c).toBeCloseTo(1, 6);
          if (row >= 8) expect([b, c]).toEqual([0, 0]);
        }
      }
      disposeBatch(batch);
    },
  );
});

describe("errors", () => {
  test("ids that are no batch or too long; masks of another shape", () => {
    using model = make();
    using row = tensor([1], { dtype: "i32" });
    using long = ones([1, 9], { dtype: "i32" });
    for (const x of [row, long]) {
      expect(() => model.encode(x, null)).toThrow(
        new ShapeError(
          `Seq2SeqTransformer: ids must be [batch, length <= maxLength 8] (got ${x.describe()})`,
        ),
      );
    }
    using source = ids([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    using mask = u8([[1, 1, 1]]);
    expect(() => model.encode(source, mask)).toThrow(
      new ShapeError(`Seq2SeqTransformer: the mask must be [2,3], as the source (got ${mask.describe()})`),
    );
  });

  test.each<[object, string]>([
    [{ targetVocabSize: 0 }, "targetVocabSize must be a positive integer (got 0)"],
    [{ numDecoderLayers: 0.5 }, "numDecoderLayers must be a positive integer (got 0.5)"],
    [{ feedForwardDim: -2 }, "feedForwardDim must be a positive integer (got -2)"],
    [{ embedDim: 9 }, "embedDim 9 is not a multiple of numHeads 2"],
    [{ dropout: 2 }, "dropout must be in [0, 1) (got 2)"],
    [
      { activation: "elu" },
      'unknown activation "elu" (known: gelu, geluTanh, quickGelu, relu, sigmoid, silu, tanh)',
    ],
    [
      { dModel: 8 },
      'unknown option "dModel" (known: activation, attention, dropout, embedDim, feedForwardDim, maxLength, normFirst, numDecoderLayers, numEncoderLayers, numHeads, sourceVocabSize, targetVocabSize)',
    ],
  ])("%j is refused, before anything is allocated", (config, message) => {
    expect(() => make(config)).toThrow(new ArgumentError(`Seq2SeqTransformer: ${message}`));
  });
});
