import { crossEntropy, Key, type Tensor } from "@saccade/core";
import { Embedding, Linear, Module } from "@saccade/core/nn";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type HeadPositionsConfig, LearnedPositions, MultiHeadAttention } from "../index.ts";
import { onCpu } from "../testing/on-cpu.ts";
import { agreement, ids, randomRows, train } from "../testing/train.ts";

onCpu({ beforeAll, afterAll });
guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const [letters, D, trained, longer, back] = [5, 16, 8, 24, 2];

/** Which letter stood so many places before each? */
class LookBack extends Module {
  readonly tokens = new Embedding(letters, D, { key: key.fold(1) });
  readonly places: LearnedPositions | null;
  readonly attention: MultiHeadAttention;
  readonly out = new Linear(D, letters, { key: key.fold(3) });

  constructor(positions: HeadPositionsConfig | "learned" | "none") {
    super();
    const own = typeof positions === "object" ? positions : {};
    this.places = positions === "learned" ? new LearnedPositions(longer, D, { key: key.fold(4) }) : null;
    this.attention = new MultiHeadAttention({ embedDim: D, numHeads: 2, ...own }, { key: key.fold(2) });
  }

  /** Logits of the letters before, `[B, T - back, letters]`: there are none before the first. */
  forward(rows: readonly (readonly number[])[]): Tensor {
    const tokens = this.tokens.forward(ids(rows));
    const x = this.places ? this.places.forward(tokens) : tokens;
    const attended = this.attention.forward(x, { causal: true });
    return this.out.forward(attended).narrow(1, back, rows[0].length - back);
  }
}

/** The share of letters that are told, in texts as long as those of training, and three times as long. */
async function accuracies(positions: HeadPositionsConfig | "learned" | "none"): Promise<[number, number]> {
  using model = new LookBack(positions);
  const wanted = (rows: readonly number[][]): number[][] =>
    rows.map((row) => row.slice(0, row.length - back));
  train(model, 100, 0.03, (step) => {
    const rows = randomRows(key.fold(step), 8, trained, letters);
    return crossEntropy(model.forward(rows).reshape([-1, letters]), ids(wanted(rows)).reshape([-1]));
  });
  const told = async (length: number): Promise<number> => {
    const rows = randomRows(key.fold(1e6), 16, length, letters);
    return agreement(await evaluate(() => model.forward(rows).argmax(-1)), wanted(rows));
  };
  return [await told(trained), await told(longer)];
}

describe("telling the letter two places before", () => {
  test("relative positions know it in texts three times as long as those of training, places do not", async () => {
    const rotary = await accuracies({ rotary: { base: 100 } });
    const buckets = await accuracies({
      relativePositions: { numBuckets: 8, maxDistance: 12, bidirectional: false },
    });
    const learned = await accuracies("learned");
    const none = await accuracies("none");
    for (const [known] of [rotary, buckets, learned]) expect(known).toBeGreaterThan(0.97);
    expect(none[0]).toBeLessThan(0.7);
    expect(rotary[1]).toBeGreaterThan(0.7);
    expect(buckets[1]).toBeGreaterThan(0.9);
    expect(learned[1]).toBeLessThan(0.55);
  }, 60_000);
});
