import { crossEntropy, Key, type Tensor, tensor } from "@saccade/core";
import { Embedding, Linear, Module } from "@saccade/core/nn";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type AttentionSpec, DifferentialAttention, MultiHeadAttention } from "../index.ts";
import { captureAttention } from "../interpret/index.ts";
import { onCpu } from "../testing/on-cpu.ts";
import { agreement, ids, randomRows, train } from "../testing/train.ts";

onCpu({ beforeAll, afterAll });
guardMemory({ beforeEach, afterEach });

const [letters, D, length, softcap] = [8, 16, 32, 1];

type Layer = Module & { forward(x: Tensor, spec: AttentionSpec): Tensor };

/** Letters, one of them marked, then a question that sees all but itself: which letter was marked? */
interface Batch {
  readonly letters: readonly number[][];
  readonly marks: readonly number[][];
  readonly places: readonly number[];
  readonly answers: readonly number[];
}

function draw(seed: Key, rows: number): Batch {
  const drawn = randomRows(seed.fold(0), rows, length, letters);
  const places = randomRows(seed.fold(1), rows, 1, length).map(([place]) => place);
  return {
    letters: drawn.map((row) => [...row, 0]),
    marks: places.map((place) =>
      Array.from({ length: length + 1 }, (_, j) => (j === length ? 2 : j === place ? 1 : 0)),
    ),
    places,
    answers: drawn.map((row, i) => row[places[i]]),
  };
}

class Reader<L extends Layer> extends Module {
  readonly letterTable: Embedding;
  readonly markTable: Embedding;
  readonly layer: L;
  readonly out: Linear;

  constructor(layer: L, key: Key) {
    super();
    this.letterTable = new Embedding(letters, D, { key: key.fold(1) });
    this.markTable = new Embedding(3, D, { key: key.fold(2) });
    this.layer = layer;
    this.out = new Linear(D, letters, { key: key.fold(3) });
  }

  forward(batch: Batch): Tensor {
    const x = this.letterTable.forward(ids(batch.letters)).add(this.markTable.forward(ids(batch.marks)));
    const mask = tensor([Array.from({ length: length + 1 }, (_, j) => (j < length ? 1 : 0))], {
      dtype: "u8",
    });
    return this.out.forward(this.layer.forward(x, { mask, softcap }).narrow(1, length, 1).squeeze(1));
  }

  loss(batch: Batch): Tensor {
    return crossEntropy(this.forward(batch), ids([batch.answers as number[]]).reshape([-1]));
  }
}

interface Outcome {
  readonly loss: number;
  /** The share of marked letters that are told. */
  readonly told: number;
  /** The share of the weights, whatever their signs, that letters have which are not marked. */
  readonly noise: number;
}

/** @param weights  with which the layer sums values, of its maps */
async function outcome<L extends Layer>(
  layer: L,
  weights: (maps: readonly Tensor[]) => Tensor,
  key: Key,
): Promise<Outcome> {
  using model = new Reader(layer, key);
  train(model, 200, 0.01, (step) => model.loss(draw(key.fold(step + 1), 16)));
  const batch = draw(key.fold(1e6), 128);
  const [loss] = await evaluate(() => model.loss(batch));
  const answers = await evaluate(() => model.forward(batch).argmax(-1));
  const [marked] = await evaluate(() => {
    const { maps } = captureAttention(() => model.forward(batch), { model, queries: [-1] });
    const sizes = weights(Object.values(maps).map((map) => map.weights)).abs(); // [B, 1, 1, S]
    return sizes
      .reshape([128, -1])
      .mul(
        tensor(
          batch.places.map((place) => Array.from({ length: length + 1 }, (_, j) => (j === place ? 1 : 0))),
        ),
      )
      .sum()
      .div(sizes.sum());
  });
  return { loss, told: agreement(answers, [batch.answers]), noise: 1 - marked };
}

test.each([0, 1])(
  "differential: where scores are bounded, what two maps have in common is taken away; one leaves it (seed %i)",
  async (seed) => {
    const key = new Key(seed);
    const sizes = { embedDim: D, numHeads: 1 };
    const plain = await outcome(
      new MultiHeadAttention({ ...sizes, bias: false }, { key: key.fold(0) }),
      ([map]) => map,
      key,
    );
    const differential = new DifferentialAttention({ ...sizes, depth: 4 }, { key: key.fold(0) });
    const difference = ([first, second]: readonly Tensor[]): Tensor =>
      first.sub(second.mul(differential.lambda()));
    const cancelled = await outcome(differential, difference, key);
    // A score of 1 among 31 of -1 has e^2 / (e^2 + 31) of the weight, and none has more.
    expect(plain.noise).toBeGreaterThan(31 / (Math.E ** 2 + 31) - 1e-3);
    expect(cancelled.noise).toBeLessThan(0.75);
    expect(cancelled.loss).toBeLessThan(0.5 * plain.loss);
    expect(cancelled.told).toBeGreaterThan(0.9);
  },
);
