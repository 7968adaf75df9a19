import { crossEntropy, expand, Key, oneHot, stack, type Tensor } from "@saccade/core";
import { Embedding, Linear, Module } from "@saccade/core/nn";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  AdditiveAttention,
  type Attended,
  ConcatAttention,
  CoverageAttention,
  DotAttention,
  GeneralAttention,
  LocalMonotonicAttention,
  LocalPredictiveAttention,
  LocationSensitiveAttention,
  MonotonicAttention,
  type MonotonicAttentionConfig,
  ReluAttention,
  sinusoidalPositions,
} from "../index.ts";
import { onCpu } from "../testing/on-cpu.ts";
import { agreement, ids, randomOrders, randomRows, train } from "../testing/train.ts";

onCpu({ beforeAll, afterAll });
guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const [V, D, T] = [6, 16, 6];

type Align<L extends Module> = (layer: L, query: Tensor, keys: Tensor) => Attended;

/** Writes T letters, each by where attention looks in the T letters of its input; a query is the place of a letter. */
class Transcriber<L extends Module> extends Module {
  readonly letters = new Embedding(V, D, { key: key.fold(1) });
  readonly out = new Linear(D, V, { key: key.fold(2) });
  readonly layer: L;
  readonly #align: Align<L>;

  constructor(layer: L, align: Align<L>) {
    super();
    this.layer = layer;
    this.#align = align;
  }

  forward(words: readonly number[][]): { logits: Tensor; weights: Tensor } {
    const letters = this.letters.forward(ids(words));
    const places = expand(sinusoidalPositions(T, D), [words.length, T, D]);
    const { context, weights } = this.#align(this.layer, places, letters.add(places));
    return { logits: this.out.forward(context), weights };
  }
}

async function learn<L extends Module>(
  model: Transcriber<L>,
  target: (word: number[]) => number[],
  steps: number,
) {
  train(model, steps, 0.02, (step) => {
    const words = randomRows(key.fold(step), 16, T, V);
    return crossEntropy(model.forward(words).logits.reshape([-1, V]), ids(words.map(target)).reshape([-1]));
  });
  const words = randomRows(key.fold(1e6), 32, T, V);
  const answers = await evaluate(() => model.forward(words).logits.argmax(-1));
  const looks = await evaluate(() => model.forward(words).weights.argmax(-1));
  return { right: agreement(answers, words.map(target)), looks: looks.slice(0, T) };
}

describe("alignment: words are spelled backwards, and attention looks from the end to the beginning", () => {
  const widths = { queryDim: D, keyDim: D };
  const layers = {
    additive: () => new AdditiveAttention(widths, { key }),
    general: () => new GeneralAttention(widths, { key }),
    concat: () => new ConcatAttention(widths, { key }),
    "ReLU-scored": () => new ReluAttention(widths, { key }),
  };

  test.each(Object.entries(layers))("%s", async (_, make) => {
    using model = new Transcriber(make(), (layer, query, keys) => layer.forward(query, keys));
    const { right, looks } = await learn(model, (word) => word.toReversed(), 200);
    expect(right).toBeGreaterThan(0.95);
    expect(looks).toEqual([5, 4, 3, 2, 1, 0]);
  });

  test("the mean of all letters does not tell which letter stands where", async () => {
    using model = new Transcriber(new DotAttention(), (layer, query, keys) =>
      layer.forward(query.mul(0), keys),
    );
    expect((await learn(model, (word) => word.toReversed(), 100)).right).toBeLessThan(0.6);
  });

  test("local-p learns where its window belongs; that of local-m stands elsewhere", async () => {
    const alignment = () => new GeneralAttention(widths, { key });
    using predictive = new Transcriber(
      new LocalPredictiveAttention({ alignment: alignment(), halfWidth: 3, queryDim: D }, { key }),
      (layer, query, keys) => layer.forward(query, keys),
    );
    const { right, looks } = await learn(predictive, (word) => word.toReversed(), 200);
    expect(right).toBeGreaterThan(0.95);
    expect(looks).toEqual([5, 4, 3, 2, 1, 0]);
    using monotonic = new Transcriber(
      new LocalMonotonicAttention({ alignment: alignment(), halfWidth: 2 }),
      (layer, query, keys) => layer.forward(query, keys),
    );
    expect((await learn(monotonic, (word) => word.toReversed(), 100)).right).toBeLessThan(0.8);
  });
});

type ChunkConfig = Pick<MonotonicAttentionConfig, "chunkAlignment" | "chunkWidth">;

describe("monotonic alignment: words are copied", () => {
  test("local-m sees a window only", async () => {
    const alignment = new GeneralAttention({ queryDim: D, keyDim: D }, { key });
    using model = new Transcriber(
      new LocalMonotonicAttention({ alignment, halfWidth: 1 }),
      (layer, query, keys) => layer.forward(query, keys),
    );
    expect((await learn(model, (word) => word, 150)).right).toBeGreaterThan(0.95);
  });

  test("monotonic attention learns softly, and decodes hard", async () => {
    const alignment = new AdditiveAttention({ queryDim: D, keyDim: D, bias: true }, { key });
    let hard = false;
    using model = new Transcriber(new MonotonicAttention({ alignment }), (layer, query, keys) =>
      layer.forward(query, keys, hard ? { hard } : { key: key.fold(9) }),
    );
    await learn(model, (word) => word, 150);
    hard = true;
    const words = randomRows(key.fold(2e6), 32, T, V);
    const answers = await evaluate(() => model.forward(words).logits.argmax(-1));
    const weights = await evaluate(() => model.forward(words).weights);
    expect(new Set(weights)).toEqual(new Set([0, 1]));
    expect(agreement(answers, words)).toBeGreaterThan(0.9);
  });

  test("chunkwise attention chooses among the keys before the one where it stops", async () => {
    // Of each letter and the one before it the later in the alphabet.
    const later = (word: number[]): number[] => word.map((letter, j) => Math.max(letter, word[j - 1] ?? 0));
    const make = (bias: boolean, seed: number) =>
      new AdditiveAttention({ queryDim: D, keyDim: D, bias }, { key: key.fold(seed) });
    const rightOf = async (steps: number, chunks: ChunkConfig) => {
      let hard = false;
      using model = new Transcriber(
        new MonotonicAttention({ alignment: make(true, 4), ...chunks }),
        (layer, query, keys) => layer.forward(query, keys, hard ? { hard } : { key: key.fold(9) }),
      );
      await learn(model, later, steps);
      hard = true;
      const words = randomRows(key.fold(2e6), 32, T, V);
      return agreement(await evaluate(() => model.forward(words).logits.argmax(-1)), words.map(later));
    };
    expect(await rightOf(180, { chunkAlignment: make(false, 5), chunkWidth: 2 })).toBeGreaterThan(0.9);
    expect(await rightOf(80, {})).toBeLessThan(0.8);
  });
});

/** One step after the other: a constant query, and what is known of the steps before. */
class Walker<L extends Module> extends Module {
  readonly letters = new Embedding(V + 1, D, { key: key.fold(1) });
  readonly out = new Linear(D, V, { key: key.fold(2) });
  readonly query = new Embedding(1, D, { key: key.fold(3) });
  readonly layer: L;

  constructor(layer: L) {
    super();
    this.layer = layer;
  }

  walk(words: readonly number[][], steps: number, step: (query: Tensor, keys: Tensor) => Tensor): Tensor {
    const query = this.query.forward(ids(words.map(() => [0])));
    const keys = this.letters.forward(ids(words));
    return stack(
      Array.from({ length: steps }, () => this.out.forward(step(query, keys).squeeze(1))),
      1,
    );
  }
}

test("location: letters without places are copied in order, because attention knows where it was", async () => {
  const START = V;
  const widths = { queryDim: D, keyDim: D, filters: 4, kernelSize: 3 };
  using model = new Walker(new LocationSensitiveAttention(widths, { key }));
  const forward = (words: readonly number[][], told = true): Tensor => {
    let previous = oneHot(ids(words.map(() => [0])), T + 1); // on START
    return model.walk(
      words.map((word) => [START, ...word]),
      T,
      (query, keys) => {
        const { context, weights } = model.layer.forward(query, keys, previous);
        if (told) previous = weights;
        return context;
      },
    );
  };
  train(model, 120, 0.03, (step) => {
    const words = randomRows(key.fold(step), 16, T, V);
    return crossEntropy(forward(words).reshape([-1, V]), ids(words).reshape([-1]));
  });
  const words = randomRows(key.fold(1e6), 32, T, V);
  expect(agreement(await evaluate(() => forward(words).argmax(-1)), words)).toBeGreaterThan(0.9);
  // It is not told where it was: it stays at the first letter.
  expect(agreement(await evaluate(() => forward(words, false).argmax(-1)), words)).toBeLessThan(0.5);
});

test("coverage: numbers are sorted, because attention knows which it has named", async () => {
  using model = new Walker(new CoverageAttention({ queryDim: D, keyDim: D }, { key }));
  const sorted = (word: number[]): number[] => word.toSorted((a, b) => b - a);
  const forward = (words: readonly number[][], told = true): Tensor => {
    let coverage: Tensor | null = null;
    return model.walk(words, 4, (query, keys) => {
      const step = model.layer.forward(query, keys, coverage);
      if (told) coverage = step.coverage;
      return step.context;
    });
  };
  train(model, 300, 0.02, (step) => {
    const words = randomOrders(key.fold(step), 16, 4, V);
    return crossEntropy(forward(words).reshape([-1, V]), ids(words.map(sorted)).reshape([-1]));
  });
  const words = randomOrders(key.fold(1e6), 32, 4, V);
  expect(agreement(await evaluate(() => forward(words).argmax(-1)), words.map(sorted))).toBeGreaterThan(0.9);
  // It is not told which numbers it has named: it names one and the same, four times.
  expect(
    agreement(await evaluate(() => forward(words, false).argmax(-1)), words.map(sorted)),
  ).toBeLessThanOrEqual(0.25);
});
