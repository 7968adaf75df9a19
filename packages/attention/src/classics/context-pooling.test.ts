import { Key, ShapeError, type Tensor, tensor, zeros } from "@saccade/core";
import { Linear } from "@saccade/core/nn";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  blendOf,
  checkModule,
  cube,
  dot,
  expectClose,
  matrix,
  plus,
  random,
  softmaxOf,
  times,
} from "../testing/by-hand.ts";
import { ContextPooling, HierarchicalAttention } from "./context-pooling.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const where = { key, dtype: "f64" } as const;

/** Equations 5 to 7: weights and sum. */
async function byLoops(pooling: ContextPooling) {
  const [W, u] = await Promise.all([pooling.projection, pooling.context].map((it) => matrix(it.weight)));
  const b = (await pooling.projection.bias?.array()) as number[];
  return (rows: number[][], visible: (t: number) => boolean = () => true) => {
    const scores = rows.map((row) => dot(u[0], plus(times(W, row), b).map(Math.tanh)));
    const weights = softmaxOf(scores, visible);
    return { weights, pooled: blendOf(weights, rows) };
  };
}

describe("ContextPooling", () => {
  test("equations 5 to 7, by loops, with padding", async () => {
    using layer = new ContextPooling({ embedDim: 3, attentionDim: 2 }, where);
    using x = random(key.fold(1), [3, 5, 3]);
    using mask = tensor(
      [
        [1, 1, 1, 1, 1],
        [1, 1, 0, 0, 0],
        [0, 0, 0, 0, 0],
      ],
      { dtype: "u8" },
    );
    const pool = await byLoops(layer);
    const lengths = [5, 2, 0];
    const expected = (await cube(x)).map((rows, b) => pool(rows, (t) => t < lengths[b]));
    await expectClose(
      () => layer.forward(x, { mask }).pooled,
      expected.map(({ pooled }) => pooled),
    );
    await expectClose(
      () => layer.forward(x, { mask }).weights,
      expected.map(({ weights }) => weights),
    );
    await checkModule(layer, (y) => layer.forward(y, { mask }).pooled, [x], key.fold(3));
  });

  test("one element; none; a mask of another shape", async () => {
    using layer = new ContextPooling({ embedDim: 2 }, { key });
    const [one, none] = await evaluateAll(() => [
      layer.forward(zeros([1, 1, 2]).add(4)).pooled,
      layer.forward(zeros([1, 0, 2])).pooled,
    ]);
    expect([one, none]).toEqual([
      [4, 4],
      [0, 0],
    ]);
    using mask = zeros([1, 3], { dtype: "u8" });
    using x = zeros([1, 2, 2]);
    expect(() => layer.forward(x, { mask })).toThrow(ShapeError);
  });
});

describe("HierarchicalAttention", () => {
  test("words to sentences to documents, by loops", async () => {
    using layer = new HierarchicalAttention({ wordDim: 3, sentenceDim: 2 }, where);
    using encoder = new Linear(3, 2, { ...where, bias: false });
    using x = random(key.fold(1), [2, 3, 4, 3]);
    // The second document has two sentences, of 4 and of 2 words.
    const counts = [
      [4, 3, 1],
      [4, 2, 0],
    ];
    using mask = tensor(
      counts.map((row) => row.map((n) => [0, 1, 2, 3].map((t) => (t < n ? 1 : 0)))),
      { dtype: "u8" },
    );
    const [words, sentences, W] = await Promise.all([
      byLoops(layer.words),
      byLoops(layer.sentences),
      matrix(encoder.weight),
    ]);
    const expected = ((await x.array()) as number[][][][]).map((document, b) => {
      const rows = document.map((sentence, n) => times(W, words(sentence, (t) => t < counts[b][n]).pooled));
      return sentences(rows, (n) => counts[b][n] > 0).pooled;
    });
    const forward = (y: Tensor) =>
      layer.forward(y, { mask, encodeSentences: (sentences) => encoder.forward(sentences) });
    await expectClose(() => forward(x).pooled, expected);
    await checkModule(layer, (y) => forward(y).pooled, [x], key.fold(3));
  });
});
