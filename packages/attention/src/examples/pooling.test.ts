import { concat, crossEntropy, Key, normalize, randn, type Tensor } from "@saccade/core";
import { Embedding, Linear, Module } from "@saccade/core/nn";
import { evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ContextPooling, HierarchicalAttention, similaritySumPooling } from "../index.ts";
import { onCpu } from "../testing/on-cpu.ts";
import { agreement, ids, randomRows, train } from "../testing/train.ts";

onCpu({ beforeAll, afterAll });
guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const [V, D, B] = [6, 12, 32];

/** Letters with marks, and the letters that are asked for. */
interface Batch {
  readonly letters: readonly number[][];
  readonly marks: readonly number[][];
  readonly answers: readonly number[];
}

class Reader<L extends Module> extends Module {
  readonly letterTable = new Embedding(V, D, { key: key.fold(1) });
  readonly markTable = new Embedding(3, D, { key: key.fold(2) });
  readonly out = new Linear(D, V, { key: key.fold(3) });
  readonly layer: L;
  readonly #pool: (layer: L, x: Tensor) => Tensor;

  constructor(layer: L, pool: (layer: L, x: Tensor) => Tensor) {
    super();
    this.layer = layer;
    this.#pool = pool;
  }

  /** [B, V] */
  forward({ letters, marks }: Batch): Tensor {
    const x = this.letterTable.forward(ids(letters)).add(this.markTable.forward(ids(marks)));
    return this.out.forward(this.#pool(this.layer, x));
  }
}

async function accuracy<L extends Module>(model: Reader<L>, make: (key: Key) => Batch, steps: number) {
  train(model, steps, 0.03, (step) => {
    const batch = make(key.fold(step));
    return crossEntropy(model.forward(batch), ids([batch.answers]).reshape([-1]));
  });
  const batch = make(key.fold(1e6));
  return agreement(await evaluate(() => model.forward(batch).argmax(-1)), [batch.answers]);
}

test("hierarchical: each of three sentences has a marked word, and one of them a flag: which word is marked there?", async () => {
  const [sentences, words] = [3, 4];
  const make = (seed: Key): Batch => {
    const letters = randomRows(seed.fold(0), B, sentences * words, V);
    const places = randomRows(seed.fold(1), B, sentences, words - 1);
    const flagged = randomRows(seed.fold(2), B, 1, sentences).map(([it]) => it);
    const marks = letters.map((row, i) =>
      row.map((_, j) => {
        const [sentence, word] = [Math.floor(j / words), j % words];
        if (word === places[i][sentence]) return 1;
        return word === words - 1 && sentence === flagged[i] ? 2 : 0;
      }),
    );
    const answers = letters.map((row, i) => row[flagged[i] * words + places[i][flagged[i]]]);
    return { letters, marks, answers };
  };
  using levels = new Reader(
    new HierarchicalAttention({ wordDim: D }, { key }),
    (layer, x) => layer.forward(x.reshape([B, sentences, words, D])).pooled,
  );
  expect(await accuracy(levels, make, 100)).toBeGreaterThan(0.9);
  using flat = new Reader(
    new ContextPooling({ embedDim: D }, { key }),
    (layer, x) => layer.forward(x).pooled,
  );
  expect(await accuracy(flat, make, 60)).toBeLessThan(0.7);
});

test("similarity-sum: what most elements agree on outweighs what stands alone", async () => {
  const [pooled, mean, centre] = await evaluateAll(() => {
    const middle = normalize(randn(key.fold(1), [8, 1, D]), 2, -1).mul(2);
    const alike = middle.add(randn(key.fold(2), [8, 6, D], { std: 0.1 }));
    const alone = normalize(randn(key.fold(3), [8, 3, D]), 2, -1).mul(2);
    const x = concat([alike, alone], 1);
    return [similaritySumPooling(x).pooled, x.mean(1), middle.squeeze(1)];
  });
  const far = (a: number[]): number => Math.hypot(...a.map((value, i) => value - centre[i]));
  expect(far(pooled)).toBeLessThan(far(mean) / 3);
});
