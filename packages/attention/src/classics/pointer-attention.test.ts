import { Key, ShapeError, tensor, valueAndGrad, zeros } from "@saccade/core";
import { checkGradients, evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
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
import { copyDistribution, PointerAttention } from "./pointer-attention.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);

describe("PointerAttention", () => {
  test("equation 3, by loops", async () => {
    using layer = new PointerAttention({ queryDim: 2, keyDim: 3 }, { key, dtype: "f64" });
    using query = random(key.fold(1), [2, 3, 2]);
    using keys = random(key.fold(2), [2, 5, 3]);
    const [d, e] = await Promise.all([cube(query), cube(keys)]);
    const [W2, W1, v] = await Promise.all(layer.parameters().map(matrix));
    const expected = d.map((rows, b) =>
      rows.map((row) =>
        softmaxOf(e[b].map((it) => dot(v[0], plus(times(W1, it), times(W2, row)).map(Math.tanh)))).map(
          Math.log,
        ),
      ),
    );
    await expectClose(() => layer.forward(query, keys), expected);
    await checkModule(layer, (x, m) => layer.forward(x, m), [query, keys], key.fold(3));
  });

  test("places that a mask hides have probability 0", async () => {
    using layer = new PointerAttention({ queryDim: 2, keyDim: 3 }, { key });
    using mask = tensor([[[1, 0, 1]]], { dtype: "u8" });
    const p = await evaluate(() => layer.forward(zeros([1, 1, 2]), zeros([1, 3, 3]), { mask }).exp());
    expect(p[0]).toBeCloseTo(0.5, 6);
    expect(p[1]).toBe(0);
  });

  test("a query that may point nowhere has probabilities of 0, and gradients that are numbers", async () => {
    using layer = new PointerAttention({ queryDim: 2, keyDim: 3 }, { key });
    using mask = tensor(
      [
        [
          [0, 0, 0],
          [1, 1, 0],
        ],
      ],
      { dtype: "u8" },
    );
    using query = zeros([1, 2, 2]);
    using result = valueAndGrad(
      () =>
        layer
          .forward(query, zeros([1, 3, 3]), { mask })
          .exp()
          .square()
          .sum(),
      layer.parameters(),
    );
    expect(await result.value.item()).toBeCloseTo(0.5, 6);
    const grads = await evaluateAll(() => [...result.grads]);
    expect(grads.flat().every(Number.isFinite)).toBe(true);
  });
});

describe("copyDistribution", () => {
  test("equation 9, by loops; sums to 1", async () => {
    using generate = random(key, [2, 3, 1]);
    using words = random(key.fold(1), [2, 3, 4]);
    using scores = random(key.fold(2), [2, 3, 5]);
    using ids = tensor(
      [
        [0, 4, 4, 1, 5],
        [3, 3, 3, 0, 1],
      ],
      { dtype: "i32" },
    );
    const [g, u, s] = await Promise.all([cube(generate), cube(words), cube(scores)]);
    const places = (await ids.array()) as number[][];
    const expected = g.map((rows, b) =>
      rows.map(([logit], t) => {
        const p = 1 / (1 + Math.exp(-logit));
        const row = [...softmaxOf(u[b][t]).map((x) => p * x), 0, 0];
        for (const [j, a] of softmaxOf(s[b][t]).entries()) row[places[b][j]] += (1 - p) * a;
        expect(row.reduce((x, y) => x + y)).toBeCloseTo(1, 12);
        return row;
      }),
    );
    const mixed = (x: typeof generate, y: typeof words, z: typeof scores) =>
      copyDistribution({
        generate: x.sigmoid(),
        vocabulary: y.softmax(),
        weights: z.softmax(),
        ids,
        extra: 2,
      });
    await expectClose(() => mixed(generate, words, scores), expected);
    await checkGradients(mixed, [generate, words, scores]);
  });

  test("shapes that do not fit", () => {
    using x = zeros([1, 2, 3]);
    using ids = zeros([1, 2], { dtype: "i32" });
    expect(() => copyDistribution({ generate: x, vocabulary: x, weights: x, ids })).toThrow(ShapeError);
  });
});
