import { concat, crossEntropy, Key, memory, noGrad, type Tensor, tidy } from "@saccade/core";
import { Embedding, Linear, Module } from "@saccade/core/nn";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type KeyValueCache, MultiHeadAttention, MultiHeadLatentAttention } from "../index.ts";
import { onCpu } from "../testing/on-cpu.ts";
import { agreement, ids, randomOrders, randomRows, train } from "../testing/train.ts";

onCpu({ beforeAll, afterAll });
guardMemory({ beforeEach, afterEach });

const [items, pairs, questions, D, H, rotaryDim] = [8, 6, 4, 32, 8, 2];

type Layer = MultiHeadAttention | MultiHeadLatentAttention;

/** Pairs of two kinds of items, then questions: items of either kind alone. Which other item do they go with? */
interface Batch {
  readonly first: readonly number[][];
  readonly second: readonly number[][];
  /** Items of the second kind come behind those of the first. */
  readonly answers: readonly number[][];
}

function draw(seed: Key, rows: number): Batch {
  const [first, second] = [0, 1].map((i) => randomOrders(seed.fold(i), rows, pairs, items));
  const places = randomRows(seed.fold(2), rows, questions, pairs);
  const kinds = randomRows(seed.fold(3), rows, questions, 2);
  const asked = (told: readonly number[][], kind: number): number[][] =>
    told.map((row, i) => [...row, ...kinds[i].map((own, j) => (own === kind ? row[places[i][j]] : items))]);
  return {
    first: asked(first, 0),
    second: asked(second, 1),
    answers: places.map((row, i) =>
      row.map((place, j) => (kinds[i][j] === 0 ? items + second[i][place] : first[i][place])),
    ),
  };
}

class Pairs extends Module {
  readonly firstTable: Embedding;
  readonly secondTable: Embedding;
  readonly layer: Layer;
  readonly out: Linear;

  constructor(layer: Layer, key: Key) {
    super();
    this.firstTable = new Embedding(items + 1, D, { key: key.fold(1) });
    this.secondTable = new Embedding(items + 1, D, { key: key.fold(2) });
    this.layer = layer;
    this.out = new Linear(D, 2 * items, { key: key.fold(3) });
  }

  embed(batch: Batch): Tensor {
    return this.firstTable.forward(ids(batch.first)).add(this.secondTable.forward(ids(batch.second)));
  }

  /** Logits of the answers, `[rows questions, 2 items]`. */
  forward(batch: Batch): Tensor {
    const attended = this.layer.forward(this.embed(batch), { causal: true });
    return this.out.forward(attended.narrow(1, pairs, questions)).reshape([-1, 2 * items]);
  }

  /** The same, one question at a time, with all that came before in a cache. */
  decode(batch: Batch, cache: KeyValueCache): Tensor {
    return tidy(() =>
      noGrad(() => {
        const x = this.embed(batch);
        this.layer.forward(x.narrow(1, 0, pairs), { causal: true, cache });
        const steps = Array.from({ length: questions }, (_, j) =>
          this.layer.forward(x.narrow(1, pairs + j, 1), { causal: true, cache }),
        );
        return this.out.forward(concat(steps, 1)).reshape([-1, 2 * items]);
      }),
    );
  }
}

interface Outcome {
  /** The share of questions that are answered with a cache. */
  readonly told: number;
  readonly loss: number;
  /** Of the cache, for a token of one sequence. */
  readonly bytes: number;
}

async function outcome(layer: Layer, key: Key): Promise<Outcome> {
  using model = new Pairs(layer, key);
  const loss = (logits: Tensor, batch: Batch): Tensor =>
    crossEntropy(logits, ids(batch.answers as number[][]).reshape([-1]));
  train(model, 300, 0.01, (step) => {
    const batch = draw(key.fold(step + 1), 24);
    return loss(model.forward(batch), batch);
  });
  const before = memory().bytes;
  using cache = layer.createCache({ batch: 64, maxLength: pairs + questions });
  const bytes = (memory().bytes - before) / (64 * (pairs + questions));
  const batch = draw(key.fold(1e6), 64);
  using logits = model.decode(batch, cache);
  const told = agreement(await evaluate(() => logits.argmax(-1)), batch.answers);
  return { told, loss: (await evaluate(() => loss(logits, batch)))[0], bytes };
}

test.each([0])(
  "latent: keys and values of one latent recall in both directions, in an eighth of the cache; one key head of that size does not (seed %i)",
  async (seed) => {
    const key = new Key(seed);
    const own = { key: key.fold(0) };
    const sizes = { embedDim: D, numHeads: H, bias: false, rotary: { dim: rotaryDim } };
    const heads = await outcome(new MultiHeadAttention(sizes, own), key);
    const query = await outcome(new MultiHeadAttention({ ...sizes, numKeyValueHeads: 1 }, own), key);
    const latents = { embedDim: D, numHeads: H, latentDim: 6, headDim: D / H, rotaryDim };
    const latent = await outcome(new MultiHeadLatentAttention(latents, own), key);
    expect([heads.bytes, query.bytes, latent.bytes]).toEqual([256, 32, 32]);
    for (const { told } of [heads, latent]) expect(told).toBeGreaterThan(0.9);
    expect(latent.loss).toBeLessThan(Math.max(heads.loss, 0.1));
    expect(query.told).toBeLessThan(0.8);
  },
);
