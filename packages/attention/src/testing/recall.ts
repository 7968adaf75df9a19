import { crossEntropy, type Key, type Tensor } from "@saccade/core";
import { Embedding, Linear, Module } from "@saccade/core/nn";
import { evaluate } from "@saccade/core/testing";
import { agreement, ids, randomOrders, randomRows, train } from "./train.ts";

/** A layer of a mechanism. */
export type Layer = Module & { forward(x: Tensor): Tensor };

/** Pairs of a name and a value, of 8 each, then a name alone: which value has it? */
export interface RecallBatch {
  readonly names: readonly number[][];
  readonly values: readonly number[][];
  readonly asked: readonly number[];
  readonly answers: readonly number[];
}

const [names, values] = [8, 8];

/** The width of the model, so of its layer. */
export const recallDim = 16;

class Recall extends Module {
  readonly nameTable: Embedding;
  /** The last row is that of a question. */
  readonly valueTable: Embedding;
  readonly out: Linear;
  readonly layer: Layer;

  constructor(layer: Layer, key: Key) {
    super();
    this.layer = layer;
    this.nameTable = new Embedding(names, recallDim, { key: key.fold(1) });
    this.valueTable = new Embedding(values + 1, recallDim, { key: key.fold(2) });
    this.out = new Linear(recallDim, values, { key: key.fold(3) });
  }

  forward(batch: RecallBatch): Tensor {
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

/** The share of names whose values are told, by a layer that was trained on it. */
export async function recallAccuracy(
  layer: Layer,
  make: (key: Key) => RecallBatch,
  { key, steps }: { readonly key: Key; readonly steps: number },
): Promise<number> {
  using model = new Recall(layer, key);
  train(model, steps, 0.02, (step) => {
    const batch = make(key.fold(step));
    return crossEntropy(model.forward(batch), ids([batch.answers as number[]]).reshape([-1]));
  });
  const batches = Array.from({ length: 5 }, (_, i) => make(key.fold(1e6 + i)));
  const told = await Promise.all(batches.map((batch) => evaluate(() => model.forward(batch).argmax(-1))));
  return agreement(
    told.flat(),
    batches.map(({ answers }) => answers),
  );
}

/** Five names, each once. */
export function distinctNames(seed: Key): RecallBatch {
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
export function rewrittenNames(seed: Key): RecallBatch {
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
