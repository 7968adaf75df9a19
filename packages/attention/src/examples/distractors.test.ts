import { Key, normalize, randn, type Tensor } from "@saccade/core";
import { Linear, Module } from "@saccade/core/nn";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { attention, topKAttention } from "../index.ts";
import { onCpu } from "../testing/on-cpu.ts";
import { train } from "../testing/train.ts";

onCpu({ beforeAll, afterAll });
guardMemory({ beforeEach, afterEach });

const [E, trained, longer] = [16, 8, 512];

type Attend = (q: Tensor, k: Tensor, v: Tensor) => Tensor;

/** The number that belongs to a vector, among those of other vectors. */
class Lookup extends Module {
  readonly query: Linear;
  readonly keys: Linear;
  readonly #attend: Attend;

  constructor(attend: Attend, key: Key) {
    super();
    this.query = new Linear(E, E, { key: key.fold(1), bias: false });
    this.keys = new Linear(E, E, { key: key.fold(2), bias: false });
    this.#attend = attend;
  }

  /** The squared error over `[16, elements]`; the first of each is asked for. */
  loss(seed: Key, elements: number): Tensor {
    const vectors = normalize(randn(seed.fold(1), [16, elements, E]), 2, -1);
    const numbers = randn(seed.fold(2), [16, 1, elements, 1]);
    const query = this.query.forward(vectors.narrow(1, 0, 1)).unsqueeze(1);
    const told = this.#attend(query, this.keys.forward(vectors).unsqueeze(1), numbers);
    return told
      .sub(numbers.narrow(2, 0, 1))
      .square()
      .mean();
  }
}

/** Errors among as many elements as in training, and among many more. The variance of the numbers is 1. */
async function errors(attend: Attend, key: Key): Promise<[number, number]> {
  using model = new Lookup(attend, key.fold(0));
  train(model, 300, 0.03, (step) => model.loss(key.fold(step + 1), trained));
  const among = async (elements: number): Promise<number> => {
    const batches = Array.from({ length: 8 }, (_, i) => key.fold(1e6 + i));
    const found = await Promise.all(batches.map((seed) => evaluate(() => model.loss(seed, elements))));
    return found.flat().reduce((sum, x) => sum + x) / found.length;
  };
  return [await among(trained), await among(longer)];
}

test.each([0, 1])(
  "top-k: trained among 8 elements, it finds one among 512; a softmax gives the others together what they have not alone (seed %i)",
  async (seed) => {
    const softmax = await errors(attention, new Key(seed));
    const sparse = await errors((q, k, v) => topKAttention(q, k, v, { k: 2 }), new Key(seed));
    for (const [known] of [softmax, sparse]) expect(known).toBeLessThan(0.04);
    expect(softmax[1]).toBeGreaterThan(0.25);
    expect(sparse[1]).toBeLessThan(0.4 * softmax[1]);
  },
);
