import { crossEntropy, expand, Key, oneHot, stack, type Tensor } from "@saccade/core";
import { Embedding, Linear, Module } from "@saccade/core/nn";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  AdditiveAttention,
  type Attended,
  ConcatAttention,
  CoverageAttention,
  GeneralAttention,
  LocalMonotonicAttention,
  LocationSensitiveAttention,
  MonotonicAttention,
  sinusoidalPositions,
} from "../index.ts";
import { agreement, ids, randomOrders, randomRows, train } from "../testing/train.ts";

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
  };

  test.each(Object.entries(layers))("%s", async (_, make) => {
    using model = new Transcriber(make(), (layer, query, keys) => layer.forward(query, keys));
    const { right, looks } = await learn(model, (word) => word.toReversed(), 200);
    expect(right).toBeGreaterThan(0.95);
    expect(looks).toEqual([5, 4, 3, 2, 1, 0]);
  });
});

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
  const forward = (words: readonly number[][]): Tensor => {
    let previous = oneHot(ids(words.map(() => [0])), T + 1); // on START
    return model.walk(
      words.map((word) => [START, ...word]),
      T,
      (query, keys) => {
        const { context, weights } = model.layer.forward(query, keys, previous);
        previous = weights;
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
});

test("coverage: numbers are sorted, because attention knows which it has named", async () => {
  using model = new Walker(new CoverageAttention({ queryDim: D, keyDim: D }, { key }));
  const sorted = (word: number[]): number[] => word.toSorted((a, b) => b - a);
  const forward = (words: readonly number[][]): Tensor => {
    let coverage: Tensor | null = null;
    return model.walk(words, 4, (query, keys) => {
      const step = model.layer.forward(query, keys, coverage);
      coverage = step.coverage;
      return step.context;
    });
  };
  train(model, 300, 0.02, (step) => {
    const words = randomOrders(key.fold(step), 16, 4, V);
    return crossEntropy(forward(words).reshape([-1, V]), ids(words.map(sorted)).reshape([-1]));
  });
  const words = randomOrders(key.fold(1e6), 32, 4, V);
  expect(agreement(await evaluate(() => forward(words).argmax(-1)), words.map(sorted))).toBeGreaterThan(0.9);
});
