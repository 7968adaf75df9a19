import { Key, type Tensor, tensor } from "@saccade/core";
import { Embedding, Linear, Module } from "@saccade/core/nn";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type AttentionSpec, GatedAttention, MultiHeadAttention } from "../index.ts";
import { captureAttention } from "../interpret/index.ts";
import { onCpu } from "../testing/on-cpu.ts";
import { ids, randomRows, train } from "../testing/train.ts";

onCpu({ beforeAll, afterAll });
guardMemory({ beforeEach, afterEach });

const [letters, D, length] = [6, 16, 12];

type Layer = Module & { forward(x: Tensor, spec: AttentionSpec): Tensor };

/** Letters, half of which ask: how often was each letter there so far? To the others the answer is nothing, zeros. */
interface Batch {
  readonly letters: readonly number[][];
  readonly asks: readonly number[][];
}

function draw(seed: Key, rows: number): Batch {
  const asks = randomRows(seed.fold(1), rows, length, 2).map((row) => row.map((x) => (x === 0 ? 1 : 0)));
  return { letters: randomRows(seed.fold(0), rows, length, letters), asks };
}

/** Shares of the letters, `[B, T, letters]`. */
function answers({ letters: rows, asks }: Batch): Tensor {
  const share = (row: readonly number[], t: number, letter: number): number =>
    row.slice(0, t + 1).filter((x) => x === letter).length / (t + 1);
  return tensor(
    rows.map((row, i) =>
      row.map((_, t) => Array.from({ length: letters }, (_each, x) => asks[i][t] * share(row, t, x))),
    ),
  );
}

class Teller extends Module {
  /** The last row is that of the token at the beginning. */
  readonly letterTable: Embedding;
  readonly askTable: Embedding;
  readonly layer: Layer;
  readonly out: Linear;
  readonly #begins: boolean;

  /** @param begins  whether sequences begin with a token of their own */
  constructor(layer: Layer, begins: boolean, key: Key) {
    super();
    this.letterTable = new Embedding(letters + 1, D, { key: key.fold(1) });
    this.askTable = new Embedding(2, D, { key: key.fold(2) });
    this.layer = layer;
    this.out = new Linear(D, letters, { key: key.fold(3) });
    this.#begins = begins;
  }

  forward(batch: Batch): Tensor {
    const rows = (given: readonly number[][], first: number): Tensor =>
      ids(given.map((row) => (this.#begins ? [first, ...row] : row)));
    const x = this.letterTable
      .forward(rows(batch.letters, letters))
      .add(this.askTable.forward(rows(batch.asks, 0)));
    return this.out.forward(this.layer.forward(x, { causal: true })).narrow(1, this.#begins ? 1 : 0, length);
  }

  /** The squared error, summed over letters. */
  loss(batch: Batch): Tensor {
    return this.forward(batch).sub(answers(batch)).square().sum(-1).mean();
  }
}

const sizes = { embedDim: D, numHeads: 1 };

/** The error, and the weight that those who do not ask give to the first token. */
async function outcome(layer: Layer, begins: boolean, key: Key): Promise<{ error: number; first: number }> {
  using model = new Teller(layer, begins, key);
  train(model, 300, 0.01, (step) => model.loss(draw(key.fold(step + 1), 16)));
  const batch = draw(key.fold(1e6), 64);
  const [error] = await evaluate(() => model.loss(batch));
  const weights = await evaluate(() => {
    const { maps } = captureAttention(() => model.forward(batch), { model });
    return Object.values(maps)[0].weights.slice(null, 0, [-length], 0); // [B, T]
  });
  const silent = batch.asks.flatMap((row, i) =>
    row.flatMap((ask, t) => (ask ? [] : [weights[i * length + t]])),
  );
  return { error, first: silent.reduce((sum, x) => sum + x) / silent.length };
}

test.each([0, 1])(
  "gates and sinks say nothing where nothing is asked; without them attention needs a token to look at (seed %i)",
  async (seed) => {
    const key = new Key(seed);
    const plain = (): Layer => new MultiHeadAttention({ ...sizes, bias: false }, { key: key.fold(0) });
    const gated = await outcome(new GatedAttention(sizes, { key: key.fold(0) }), false, key);
    const sinks = await outcome(
      new MultiHeadAttention({ ...sizes, bias: false, sinks: true }, { key: key.fold(0) }),
      false,
      key,
    );
    const without = await outcome(plain(), false, key);
    const beginning = await outcome(plain(), true, key);
    for (const { error } of [gated, sinks]) expect(error).toBeLessThan(0.003);
    expect(without.error).toBeGreaterThan(0.04);
    expect(beginning.error).toBeLessThan(0.003);
    expect(beginning.first).toBeGreaterThan(0.9);
    expect(gated.first).toBeLessThan(0.4);
  },
);
