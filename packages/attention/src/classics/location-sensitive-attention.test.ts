import { ArgumentError, full, Key, ones, zeros } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
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
  const exponential = (e: readonly number[]): number[] => softmaxOf(e);
  const sigmoids = (e: readonly number[]): number[] => {
    const s = e.map((x) => 1 / (1 + Math.exp(-x)));
    return s.map((x) => x / s.reduce((a, b) => a + b));
  };
  const normalisations = {
    "by a softmax": { options: {}, normalise: exponential },
    sharpened: { options: { sharpening: 3 }, normalise: (e: number[]) => exponential(e.map((x) => 3 * x)) },
    smoothed: { options: { smoothing: true }, normalise: sigmoids },
  };

  test.each(Object.entries(normalisations))(
    "the paper's equations, by loops, three steps: %s",
    async (_, it) => {
      using layer = new LocationSensitiveAttention({ ...config, ...it.options }, { key, dtype: "f64" });
      using query = random(key.fold(1), [2, 3, 2]);
      using keys = random(key.fold(2), [2, 5, 3]);
      const [q, h] = await Promise.all([cube(query), cube(keys)]);
      const [W, V, U, w] = await Promise.all(
        [layer.queryProjection, layer.keyProjection, layer.featureProjection, layer.scoreProjection].map(
          (linear) => matrix(linear.weight),
        ),
      );
      const b = (await layer.queryProjection.bias?.array()) as number[];
      const F = await cube(layer.convolution.weight);
      const expected = q.map((rows, n) => {
        let before = [0, 0, 0, 0, 0];
        for (const row of rows) {
          const scores = h[n].map((hidden, j) => {
            const features = F.map(([taps]) =>
              dot(taps, [before[j - 1] ?? 0, before[j], before[j + 1] ?? 0]),
            );
            return dot(w[0], plus(times(W, row), times(V, hidden), times(U, features), b).map(Math.tanh));
          });
          before = it.normalise(scores);
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
    },
  );

  test("smoothing keeps weights where scores are far below zero, and zeros where nothing may be attended to", async () => {
    using layer = new LocationSensitiveAttention({ ...config, smoothing: true }, { key });
    using weight = full(layer.scoreProjection.weight.shape, -1000);
    layer.scoreProjection.loadStateDict({ weight });
    const [weights, hidden] = await evaluateAll(() => {
      const [query, keys] = [ones([1, 1, 2]).mul(9), ones([1, 5, 3]).mul(9)];
      return [
        layer.forward(query, keys, null).weights,
        layer.forward(query, keys, null, { mask: zeros([1, 1, 5], { dtype: "u8" }) }).weights,
      ];
    });
    for (const w of weights) expect(w).toBeCloseTo(0.2, 6);
    expect(hidden).toEqual([0, 0, 0, 0, 0]);
  });

  test("a kernel of even size, and a sharpening that is not positive, throw", () => {
    expect(() => new LocationSensitiveAttention({ ...config, sharpening: 0 }, { key })).toThrow(
      new ArgumentError("LocationSensitiveAttention: sharpening must be positive and finite (got 0)"),
    );
    expect(() => new LocationSensitiveAttention({ ...config, kernelSize: 4 }, { key })).toThrow(
      new ArgumentError("LocationSensitiveAttention: kernelSize must be odd (got 4)"),
    );
  });
});
