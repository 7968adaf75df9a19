import { Key, randn, softmax, tensor, zeros } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { attention } from "../scaled-dot-product/attention.ts";
import { captureAttention } from "./capture-attention.ts";
import { headStatistics } from "./head-statistics.ts";

guardMemory({ beforeEach, afterEach });

test("entropy, distance and largest weight by their definitions, of rows and packed sequences", async () => {
  const [weights, places, entropy, distance, largest] = await evaluateAll(() => {
    const q = randn(new Key(0), [1, 2, 7, 3], { dtype: "f64" });
    const { maps } = captureAttention(() => attention(q, q, q, { causal: true, cuSeqlens: [0, 3, 7] }), {
      queries: [1, 4, -1],
    });
    const map = maps.attention;
    return [map.weights, map.places, ...Object.values(headStatistics(map))];
  });
  expect(places).toEqual([1, 4, 6]);
  for (let row = 0; row < 6; row++) {
    const own = weights.slice(row * 7, row * 7 + 7);
    const sum = (term: (a: number, j: number) => number): number =>
      own.reduce((s, a, j) => s + term(a, j), 0);
    expect(entropy[row]).toBeCloseTo(
      sum((a) => (a === 0 ? 0 : -a * Math.log(a))),
      12,
    );
    expect(distance[row]).toBeCloseTo(
      sum((a, j) => a * Math.abs(places[row % 3] - j)),
      12,
    );
    expect(largest[row]).toBe(Math.max(...own));
  }
});

test("the bounds: one key, and all alike", async () => {
  const [entropy, distance] = await evaluateAll(() => {
    const places = tensor([[3]]);
    const alike = headStatistics({ weights: softmax(zeros([1, 1, 1, 4])), places });
    const one = headStatistics({ weights: tensor([[[[0, 0, 0, 1]]]]), places });
    return [alike.entropy.sub(one.entropy), one.distance];
  });
  expect(entropy[0]).toBeCloseTo(Math.log(4), 6);
  expect(distance).toEqual([0]);
});

test("places must be those of the rows", () => {
  using weights = zeros([2, 1, 3, 4]);
  using places = zeros([1, 2], { dtype: "i32" });
  expect(() => headStatistics({ weights, places })).toThrow("headStatistics: places must be [1, 3] (got");
});
