import { ArgumentError, Key } from "@saccade/core";
import { guardMemory } from "@saccade/core/testing";
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
import { LocationSensitiveAttention } from "./location-sensitive-attention.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const config = { queryDim: 2, keyDim: 3, attentionDim: 4, filters: 2, kernelSize: 3 };

describe("LocationSensitiveAttention", () => {
  test("equations 8 and 9, by loops, three steps", async () => {
    using layer = new LocationSensitiveAttention(config, { key, dtype: "f64" });
    using query = random(key.fold(1), [2, 3, 2]);
    using keys = random(key.fold(2), [2, 5, 3]);
    const [q, h] = await Promise.all([cube(query), cube(keys)]);
    const [W, V, U, w] = await Promise.all(
      [layer.queryProjection, layer.keyProjection, layer.featureProjection, layer.scoreProjection].map((it) =>
        matrix(it.weight),
      ),
    );
    const b = (await layer.queryProjection.bias?.array()) as number[];
    const F = await cube(layer.convolution.weight);
    const expected = q.map((rows, n) => {
      let before = [0, 0, 0, 0, 0];
      for (const row of rows) {
        const scores = h[n].map((it, j) => {
          const features = F.map(([taps]) => dot(taps, [before[j - 1] ?? 0, before[j], before[j + 1] ?? 0]));
          return dot(w[0], plus(times(W, row), times(V, it), times(U, features), b).map(Math.tanh));
        });
        before = softmaxOf(scores);
      }
      return before;
    });
    const last = (x: typeof query, m: typeof keys) => {
      let weights: typeof query | null = null;
      for (let i = 0; i < 3; i++) weights = layer.forward(x.narrow(1, i, 1), m, weights).weights;
      return weights ?? x;
    };
    await expectClose(() => last(query, keys), expected);
    await checkModule(layer, last, [query, keys], key.fold(3));
  });

  test("a kernel of even size throws", () => {
    expect(() => new LocationSensitiveAttention({ ...config, kernelSize: 4 }, { key })).toThrow(
      new ArgumentError("LocationSensitiveAttention: kernelSize must be odd (got 4)"),
    );
  });
});
