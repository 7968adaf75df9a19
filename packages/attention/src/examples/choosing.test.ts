import { crossEntropy, Key, type Tensor } from "@saccade/core";
import { Embedding, Linear, Module } from "@saccade/core/nn";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  CoAttention,
  ContextPooling,
  hardAttention,
  PointerAttention,
  reinforceLoss,
  SelfAttentivePooling,
} from "../index.ts";
import { onCpu } from "../testing/on-cpu.ts";
import { agreement, ids, randomOrders, randomRows, train } from "../testing/train.ts";

onCpu({ beforeAll, afterAll });
guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const [V, D] = [8, 12];

test("pointer: at the largest of several numbers, also in longer lists than it has seen", async () => {
  class Largest extends Module {
    readonly numbers = new Embedding(V, D, { key: key.fold(1) });
    readonly query = new Embedding(1, D, { key: key.fold(2) });
    readonly pointer = new PointerAttention({ queryDim: D, keyDim: D }, { key });

    /** [B, S] */
    forward(lists: readonly number[][]): Tensor {
      const query = this.query.forward(ids(lists.map(() => [0])));
      return this.pointer.forward(query, this.numbers.forward(ids(lists))).squeeze(1);
    }
  }
  using model = new Largest();
  const largest = (list: number[]): number => list.indexOf(Math.max(...list));
  train(model, 150, 0.03, (step) => {
    const lists = randomOrders(key.fold(step), 16, 4, V);
    return crossEntropy(model.forward(lists), ids([lists.map(largest)]).reshape([-1]));
  });
  const lists = randomOrders(key.fold(1e6), 32, 7, V);
  const answers = await evaluate(() => model.forward(lists).argmax(-1));
  expect(agreement(answers, [lists.map(largest)])).toBeGreaterThan(0.95);
});

/** Sequences of letters, one of them marked: which? */
function marked(seed: Key) {
  const letters = randomRows(seed.fold(0), 32, 6, V);
  const places = randomRows(seed.fold(1), 32, 1, 6).map(([place]) => place);
  const marks = places.map((place) => Array.from({ length: 6 }, (_, j) => (j === place ? 1 : 0)));
  return { letters, marks, places, answers: letters.map((row, i) => row[places[i]]) };
}

class Reader<L extends Module> extends Module {
  readonly letterTable = new Embedding(V, D, { key: key.fold(1) });
  readonly markTable = new Embedding(2, D, { key: key.fold(2) });
  readonly out = new Linear(D, V, { key: key.fold(3) });
  readonly layer: L;

  constructor(layer: L) {
    super();
    this.layer = layer;
  }

  embed({ letters, marks }: ReturnType<typeof marked>): Tensor {
    return this.letterTable.forward(ids(letters)).add(this.markTable.forward(ids(marks)));
  }
}

const target = (answers: readonly number[]): Tensor => ids([answers as number[]]).reshape([-1]);

describe("pooling: of a sequence, the marked letter", () => {
  const layers = {
    "a learned query": {
      make: () => new ContextPooling({ embedDim: D }, { key }),
      pool: (layer: Module, x: Tensor) => {
        const { pooled, weights } = (layer as ContextPooling).forward(x);
        return { pooled, weights };
      },
    },
    "self-attentive": {
      make: () => new SelfAttentivePooling({ embedDim: D, hops: 1 }, { key }),
      pool: (layer: Module, x: Tensor) => {
        const { context, weights } = (layer as SelfAttentivePooling).forward(x);
        return { pooled: context.squeeze(1), weights: weights.squeeze(1) };
      },
    },
  };

  test.each(Object.entries(layers))("%s", async (_, { make, pool }) => {
    using model = new Reader<Module>(make());
    train(model, 150, 0.02, (step) => {
      const batch = marked(key.fold(step));
      return crossEntropy(
        model.out.forward(pool(model.layer, model.embed(batch)).pooled),
        target(batch.answers),
      );
    });
    const batch = marked(key.fold(1e6));
    const answers = await evaluate(() =>
      model.out.forward(pool(model.layer, model.embed(batch)).pooled).argmax(-1),
    );
    const looks = await evaluate(() => pool(model.layer, model.embed(batch)).weights.argmax(-1));
    expect(agreement(answers, [batch.answers])).toBeGreaterThan(0.95);
    expect(agreement(looks, [batch.places])).toBeGreaterThan(0.95);
  });

  test("the mean of all letters does not tell which one was marked", async () => {
    using model = new Reader(new Linear(D, D, { key }));
    const logits = (batch: ReturnType<typeof marked>): Tensor =>
      model.out.forward(model.layer.forward(model.embed(batch).mean(1), { activation: "tanh" }));
    train(model, 150, 0.02, (step) => {
      const batch = marked(key.fold(step));
      return crossEntropy(logits(batch), target(batch.answers));
    });
    const batch = marked(key.fold(1e6));
    expect(agreement(await evaluate(() => logits(batch).argmax(-1)), [batch.answers])).toBeLessThan(0.6);
  });
});

describe("hard attention learns to look at the marked letter", () => {
  test.each(["reinforce", "straightThrough"] as const)("%s", async (estimator) => {
    using model = new Reader(new Linear(D, 1, { key }));
    const look = (batch: ReturnType<typeof marked>, seed?: Key) => {
      const x = model.embed(batch);
      const scores = model.layer.forward(x).transpose(); // [B, 1, S]
      return hardAttention(scores, x, { key: seed, estimator });
    };
    train(model, 300, 0.02, (step) => {
      const batch = marked(key.fold(step));
      const { context, logProbability } = look(batch, key.fold(step).fold(7));
      const logits = model.out.forward(context.squeeze(1));
      const loss = crossEntropy(logits, target(batch.answers), { reduction: "none" });
      if (estimator === "straightThrough") return loss.mean();
      // A good look has a small loss.
      const reward = loss.neg().unsqueeze(1);
      return loss.mean().add(reinforceLoss(logProbability, reward, reward.mean()));
    });
    const batch = marked(key.fold(1e6));
    const looks = await evaluate(() => look(batch).weights.argmax(-1));
    expect(agreement(looks, [batch.places])).toBeGreaterThan(0.9);
  });
});

test("co-attention: the letter that two words share", async () => {
  const words = (seed: Key) => {
    const orders = randomOrders(seed.fold(0), 32, 7, V);
    const places = randomRows(seed.fold(1), 32, 2, 4);
    const first = orders.map((row) => row.slice(0, 4));
    const second = orders.map((row, i) => {
      const own = row.slice(4);
      return [...own.slice(0, places[i][1]), first[i][places[i][0]], ...own.slice(places[i][1])];
    });
    return { first, second, answers: first.map((row, i) => row[places[i][0]]) };
  };
  class Shared extends Module {
    readonly letters = new Embedding(V, 16, { key: key.fold(1) });
    readonly layer = new CoAttention({ embedDim: 16 }, { key });
    readonly out = new Linear(16, V, { key: key.fold(2) });

    forward({ first, second }: ReturnType<typeof words>): Tensor {
      const pooled = this.layer.forward(this.letters.forward(ids(first)), this.letters.forward(ids(second)));
      return this.out.forward(pooled.first.pooled.add(pooled.second.pooled));
    }
  }
  using model = new Shared();
  train(model, 150, 0.02, (step) => {
    const batch = words(key.fold(step));
    return crossEntropy(model.forward(batch), target(batch.answers));
  });
  const batch = words(key.fold(1e6));
  expect(agreement(await evaluate(() => model.forward(batch).argmax(-1)), [batch.answers])).toBeGreaterThan(
    0.9,
  );
});
