import { ArgumentError, Key, tensor, zeros } from "@saccade/core";
import { checkGradients, evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkModule, cube, expectClose, logistic, random } from "../testing/by-hand.ts";
import { AdditiveAttention } from "./additive-attention.ts";
import { DotAttention } from "./luong-attention.ts";
import { chunkwiseWeights, MonotonicAttention, monotonicWeights } from "./monotonic-attention.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const where = { key, dtype: "f64" } as const;

/** Raffel et al., by products: stops at j if it began at k <= j, and went on over all between. */
function byProducts(p: number[][][]): number[][][] {
  return p.map((rows) => {
    let before: number[] = rows[0].map((_, j) => (j === 0 ? 1 : 0));
    return rows.map((row) => {
      before = row.map((stop, j) => {
        let total = 0;
        for (let k = 0; k <= j; k++) {
          let through = before[k];
          for (let l = k; l < j; l++) through *= 1 - row[l];
          total += through;
        }
        return stop * total;
      });
      return before;
    });
  });
}

describe("monotonicWeights", () => {
  test.each([1, 2, 7, 8])("%d keys, by loops", async (S) => {
    using logits = random(key.fold(S), [2, 4, S]);
    const p = (await cube(logits)).map((rows) => rows.map((row) => row.map(logistic)));
    await expectClose(() => monotonicWeights(logits.sigmoid()), byProducts(p));
    await checkGradients((x) => monotonicWeights(x.sigmoid()), [logits], { order: 2 });
  });

  test("probabilities of 1 and of 0 are no trouble, forward or backward", async () => {
    const stop = [
      [
        [0, 1, 0.5, 0],
        [1, 0, 0, 1],
        [0, 0, 0, 0],
      ],
    ];
    await expectClose(() => monotonicWeights(tensor(stop, { dtype: "f64" })), byProducts(stop));
    using p = tensor(
      [
        [
          [0.999999, 1e-6, 0.5],
          [0.5, 0.999999, 1e-6],
        ],
      ],
      { dtype: "f64" },
    );
    await checkGradients((x) => monotonicWeights(x), [p], { eps: 1e-7 });
  });

  test("step by step is all at once", async () => {
    using logits = random(key, [2, 3, 5]);
    const [whole, steps] = await evaluateAll(() => {
      const p = logits.sigmoid();
      let last = monotonicWeights(p.narrow(1, 0, 1));
      for (const i of [1, 2]) last = monotonicWeights(p.narrow(1, i, 1), last.squeeze(1));
      return [monotonicWeights(p).slice(null, 2), last];
    });
    await expectClose(() => tensor(steps, { dtype: "f64" }), whole);
  });

  test("no queries, no keys", async () => {
    const [a, b] = await evaluateAll(() => [
      monotonicWeights(zeros([2, 0, 3])),
      monotonicWeights(zeros([2, 3, 0])),
    ]);
    expect([a, b]).toEqual([[], []]);
  });
});

describe("chunkwiseWeights", () => {
  test.each([1, 2, 3, 9])("chunks of %d, by loops", async (width) => {
    using stops = random(key, [2, 3, 5]);
    using scores = random(key.fold(1), [2, 3, 5]);
    const [a, u] = await Promise.all([cube(stops), cube(scores)]);
    const expected = a.map((rows, b) =>
      rows.map((row, i) =>
        row.map((_, j) => {
          let total = 0;
          for (let k = j; k <= Math.min(4, j + width - 1); k++) {
            let sum = 0;
            for (let l = Math.max(0, k - width + 1); l <= k; l++) sum += Math.exp(u[b][i][l]);
            total += (row[k] * Math.exp(u[b][i][j])) / sum;
          }
          return total;
        }),
      ),
    );
    await expectClose(() => chunkwiseWeights(stops, scores, width), expected);
    await checkGradients((x, y) => chunkwiseWeights(x, y, width), [stops, scores], { order: 2 });
  });

  test("scores far below the largest keep their chunk", async () => {
    const got = await evaluate(() =>
      chunkwiseWeights(tensor([[[1, 0, 0, 0]]]), tensor([[[-5000, 0, 0, 0]]]), 2),
    );
    expect(got).toEqual([1, 0, 0, 0]);
  });
});

describe("MonotonicAttention", () => {
  const make = (chunkWidth?: number): MonotonicAttention =>
    new MonotonicAttention(
      {
        alignment: new AdditiveAttention({ queryDim: 2, keyDim: 3, bias: true }, where),
        ...(chunkWidth
          ? {
              chunkAlignment: new AdditiveAttention(
                { queryDim: 2, keyDim: 3 },
                { ...where, key: key.fold(5) },
              ),
              chunkWidth,
            }
          : {}),
      },
      { dtype: "f64" },
    );

  test.each([undefined, 2])("gradients, chunks of %s", async (chunkWidth) => {
    using layer = make(chunkWidth);
    using query = random(key.fold(1), [2, 3, 2]);
    using keys = random(key.fold(2), [2, 5, 3]);
    using mask = tensor([[[1, 1, 1, 1, 1]], [[1, 1, 1, 0, 0]]], { dtype: "u8" });
    await checkModule(
      layer,
      (q, k) => layer.forward(q, k, { mask, key }).context,
      [query, keys],
      key.fold(3),
    );
  });

  test("hard: stops at the first key above 1/2 from where it stood, or runs off the end", async () => {
    using layer = new MonotonicAttention({ alignment: new DotAttention(), offset: 0 });
    using query = tensor([
      [
        [1, 0],
        [0, 1],
        [1, 0],
        [0, 1],
      ],
    ]);
    using keys = tensor([
      [
        [-1, 1],
        [1, -1],
        [-1, 1],
        [-1, -1],
      ],
    ]);
    const weights = await evaluate(() => layer.forward(query, keys, { hard: true }).weights);
    expect(weights).toEqual([0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test("a mask over everything gives zeros; chunkWidth alone throws", async () => {
    using layer = make(2);
    using mask = zeros([1, 1, 4], { dtype: "u8" });
    const out = await evaluate(
      () => layer.forward(random(key, [1, 2, 2]), random(key, [1, 4, 3]), { mask }).context,
    );
    expect(out).toEqual([0, 0, 0, 0, 0, 0]);
    expect(() => new MonotonicAttention({ alignment: new DotAttention(), chunkWidth: 2 })).toThrow(
      ArgumentError,
    );
    using x = zeros([1, 2, 2]);
    expect(() => layer.forward(x, x, { hard: true, key })).toThrow(
      new ArgumentError("MonotonicAttention: noise is for training; hard takes no key"),
    );
  });
});
