import { crossEntropy, Key, type Tensor, tensor } from "@saccade/core";
import { Embedding, Linear, Module } from "@saccade/core/nn";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { attention, sigmoidAttention } from "../index.ts";
import { onCpu } from "../testing/on-cpu.ts";
import { agreement, ids, randomRows, train } from "../testing/train.ts";

onCpu({ beforeAll, afterAll });
guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const [most, D] = [5, 8];

type Attend = (q: Tensor, k: Tensor, v: Tensor, options: { readonly mask: Tensor }) => Tensor;

/** How many elements are there, all of them alike? */
class Counter extends Module {
  readonly element = new Embedding(1, D, { key: key.fold(1) });
  readonly query = new Embedding(1, D, { key: key.fold(2) });
  readonly hidden = new Linear(D, 16, { key: key.fold(3) });
  readonly out = new Linear(16, most + 1, { key: key.fold(4) });
  readonly #attend: Attend;

  constructor(attend: Attend) {
    super();
    this.#attend = attend;
  }

  forward(counts: readonly number[]): Tensor {
    const rows = (n: number): number[][] => counts.map(() => Array.from({ length: n }, () => 0));
    const heads = (x: Tensor): Tensor => x.unsqueeze(1); // [B, 1, n, D]
    const there = counts.map((n) => Array.from({ length: most }, (_, j) => (j < n ? 1 : 0)));
    const mask = tensor(there, { dtype: "u8" }).reshape([counts.length, 1, 1, most]);
    const elements = heads(this.element.forward(ids(rows(most))));
    const read = this.#attend(heads(this.query.forward(ids(rows(1)))), elements, elements, { mask });
    return this.out.forward(this.hidden.forward(read.reshape([-1, D]), { activation: "tanh" }));
  }
}

async function accuracy(attend: Attend): Promise<number> {
  using model = new Counter(attend);
  const draw = (seed: Key): number[] => randomRows(seed, 32, 1, most).map(([n]) => n + 1);
  train(model, 150, 0.03, (step) => {
    const counts = draw(key.fold(step));
    return crossEntropy(model.forward(counts), ids([counts]).reshape([-1]));
  });
  const counts = draw(key.fold(1e6));
  return agreement(await evaluate(() => model.forward(counts).argmax(-1)), [counts]);
}

test("sigmoid: weights that do not compete count; those of a softmax sum to 1, however many there are", async () => {
  expect(await accuracy((q, k, v, options) => sigmoidAttention(q, k, v, { ...options, bias: 0 }))).toBe(1);
  expect(await accuracy(attention)).toBeLessThan(0.5);
});
