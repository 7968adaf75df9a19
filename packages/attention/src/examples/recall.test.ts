import { crossEntropy, Key, type Tensor } from "@saccade/core";
import { Embedding, Linear, Module } from "@saccade/core/nn";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  bigBirdLayout,
  blockSparseAttention,
  CosineAttention,
  DeltaRuleAttention,
  DifferentialAttention,
  GatedAttention,
  linearAttention,
  longformerLayout,
  MechanismLayer,
  MultiHeadAttention,
  MultiHeadLatentAttention,
  orthogonalFeatures,
  performerAttention,
  sigmoidAttention,
  TalkingHeadsAttention,
  topKAttention,
} from "../index.ts";
import { agreement, ids, randomOrders, randomRows, train } from "../testing/train.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const [names, values, D] = [8, 8, 16];
const sizes = { embedDim: D, numHeads: 2 };

type Layer = Module & { forward(x: Tensor): Tensor };

/** Pairs of a name and a value, then a name alone: which value has it? */
interface Batch {
  readonly names: readonly number[][];
  readonly values: readonly number[][];
  readonly asked: readonly number[];
  readonly answers: readonly number[];
}

class Recall extends Module {
  readonly nameTable = new Embedding(names, D, { key: key.fold(1) });
  /** The last row is that of a question. */
  readonly valueTable = new Embedding(values + 1, D, { key: key.fold(2) });
  readonly out = new Linear(D, values, { key: key.fold(3) });
  readonly layer: Layer;

  constructor(layer: Layer) {
    super();
    this.layer = layer;
  }

  forward(batch: Batch): Tensor {
    const named = batch.names.map((row, i) => [...row, batch.asked[i]]);
    const told = batch.values.map((row) => [...row, values]);
    const x = this.nameTable.forward(ids(named)).add(this.valueTable.forward(ids(told)));
    const last = this.layer
      .forward(x)
      .narrow(1, told[0].length - 1, 1)
      .squeeze(1);
    return this.out.forward(last);
  }
}

async function accuracy(layer: Layer, make: (key: Key) => Batch, steps: number): Promise<number> {
  using model = new Recall(layer);
  train(model, steps, 0.02, (step) => {
    const batch = make(key.fold(step));
    return crossEntropy(model.forward(batch), ids([batch.answers as number[]]).reshape([-1]));
  });
  const batch = make(key.fold(1e6));
  return agreement(await evaluate(() => model.forward(batch).argmax(-1)), [batch.answers]);
}

/** Every name once. */
function distinct(seed: Key): Batch {
  const given = randomOrders(seed.fold(0), 24, 5, names);
  const told = randomRows(seed.fold(1), 24, 5, values);
  const places = randomRows(seed.fold(2), 24, 1, 5).map(([place]) => place);
  return {
    names: given,
    values: told,
    asked: places.map((place, i) => given[i][place]),
    answers: places.map((place, i) => told[i][place]),
  };
}

/** Three names, told anew again and again: the last value counts. */
function rewritten(seed: Key): Batch {
  const given = randomRows(seed.fold(0), 24, 8, 3);
  const told = randomRows(seed.fold(1), 24, 8, values);
  const asked = given.map((row, i) => row[(seed.words[0] + i) & 7]);
  return {
    names: given,
    values: told,
    asked,
    answers: told.map((row, i) => row[given[i].lastIndexOf(asked[i])]),
  };
}

describe("recall: the value of a name, of five", () => {
  const layout = bigBirdLayout({ length: 6, blockSize: 1, window: 1, global: 1, random: 4, key });
  const make: Readonly<Record<string, () => Layer>> = {
    "multi-head": () => new MultiHeadAttention(sizes, { key }),
    "multi-query": () => new MultiHeadAttention({ ...sizes, numKeyValueHeads: 1 }, { key }),
    latent: () =>
      new MultiHeadLatentAttention({ ...sizes, latentDim: 12, headDim: 8, rotaryDim: 2 }, { key }),
    "talking heads": () => new TalkingHeadsAttention(sizes, { key }),
    cosine: () => new CosineAttention(sizes, { key }),
    gated: () => new GatedAttention(sizes, { key }),
    differential: () => new DifferentialAttention({ ...sizes, depth: 1 }, { key }),
    "top-k": () =>
      new MechanismLayer({ ...sizes, attend: (q, k, v) => topKAttention(q, k, v, { k: 2 }) }, { key }),
    sigmoid: () => new MechanismLayer({ ...sizes, attend: (q, k, v) => sigmoidAttention(q, k, v) }, { key }),
    "block-sparse": () =>
      new MechanismLayer({ ...sizes, attend: (q, k, v) => blockSparseAttention(q, k, v, layout) }, { key }),
    linear: () => new MechanismLayer({ ...sizes, attend: (q, k, v) => linearAttention(q, k, v) }, { key }),
  };

  test.each(Object.entries(make))("%s", async (_, layer) => {
    expect(await accuracy(layer(), distinct, 120)).toBeGreaterThan(0.9);
  });

  test("a window without global or random blocks shows the last element its neighbour", async () => {
    const near = longformerLayout({ length: 6, blockSize: 1, window: 1, global: 0 });
    const attend = (q: Tensor, k: Tensor, v: Tensor): Tensor => blockSparseAttention(q, k, v, near);
    expect(await accuracy(new MechanismLayer({ ...sizes, attend }, { key }), distinct, 80)).toBeLessThan(0.6);
  });

  test("the mean of all pairs does not tell which value belongs to which name", async () => {
    const mean = new MechanismLayer(
      { ...sizes, attend: (q, _k, v) => v.mean(2, { keepDims: true }).expand(q.shape) },
      { key },
    );
    expect(await accuracy(mean, distinct, 80)).toBeLessThan(0.7);
  });

  test("Performer", async () => {
    using directions = orthogonalFeatures(key, 32, D / 2);
    const attend = (q: Tensor, k: Tensor, v: Tensor): Tensor => performerAttention(q, k, v, directions);
    expect(await accuracy(new MechanismLayer({ ...sizes, attend }, { key }), distinct, 120)).toBeGreaterThan(
      0.9,
    );
  });
});

test("rewriting: the delta rule forgets what a name stood for, linear attention sums it up", async () => {
  const linear = new MechanismLayer(
    { ...sizes, attend: (q, k, v) => linearAttention(q, k, v, { causal: true }) },
    { key },
  );
  const [delta, sums] = [
    await accuracy(new DeltaRuleAttention(sizes, { key }), rewritten, 120),
    await accuracy(linear, rewritten, 120),
  ];
  expect(delta).toBeGreaterThan(0.9);
  expect(sums).toBeLessThan(0.75);
});
