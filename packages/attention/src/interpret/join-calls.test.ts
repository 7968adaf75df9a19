import { concat, Key, randn, ShapeError, type Tensor, tidy, zeros } from "@saccade/core";
import { Linear, Module } from "@saccade/core/nn";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AdditiveAttention } from "../classics/additive-attention.ts";
import { MultiHeadAttention } from "../multi-head-attention.ts";
import { captureAttention } from "./capture-attention.ts";
import { joinCalls } from "./join-calls.ts";

guardMemory({ beforeEach, afterEach });

/** `h_t = tanh(W [x_t; c_t-1; h_t-1])`, `c_t` what it looks up. */
class Decoder extends Module {
  readonly cell = new Linear(12, 4, { key: new Key(0) });
  readonly attend = new AdditiveAttention({ queryDim: 4, keyDim: 4 }, { key: new Key(1) });

  forward(source: Tensor, target: Tensor): { states: Tensor; weights: Tensor } {
    return tidy(() => {
      const [B, T] = target.shape;
      let [h, c] = [zeros([B, 1, 4]), zeros([B, 1, 4])];
      const steps = Array.from({ length: T }, (_, t) => {
        h = this.cell.forward(concat([target.narrow(1, t, 1), c, h], -1)).tanh();
        const { context, weights } = this.attend.forward(h, source);
        c = context;
        return { h, weights };
      });
      return {
        states: concat(
          steps.map(({ h }) => h),
          1,
        ),
        weights: concat(
          steps.map(({ weights }) => weights),
          1,
        ),
      };
    });
  }
}

test("the steps of a recurrent decoder are one alignment", async () => {
  using model = new Decoder();
  using source = randn(new Key(2), [2, 5, 4]);
  using target = randn(new Key(3), [2, 3, 4]);
  const [got, expected] = await evaluateAll(() => {
    const { result, maps } = captureAttention(() => model.forward(source, target), { model });
    expect(Object.keys(maps)).toEqual(["attend", "attend#2", "attend#3"]);
    const { attend } = joinCalls(maps);
    expect([attend.weights.shape, attend.queries, attend.heads]).toEqual([[2, 1, 3, 5], [0, 1, 2], [0]]);
    return [attend.weights, result.weights];
  });
  expect(got).toEqual(expected);
});

test("steps with a cache are the map of the whole sequence", async () => {
  using layer = new MultiHeadAttention({ embedDim: 8, numHeads: 2 }, { key: new Key(0) });
  using x = randn(new Key(1), [2, 6, 8]);
  using cache = layer.createCache({ batch: 2, maxLength: 6 });
  const [weights, places, whole, standing] = await evaluateAll(() => {
    const steps = () =>
      [0, 3, 4].map((start, i) => layer.forward(x.narrow(1, start, [3, 1, 2][i]), { causal: true, cache }));
    const stepped = joinCalls(captureAttention(steps, { model: { layer } }).maps).layer;
    const { maps } = captureAttention(() => layer.forward(x, { causal: true }), { model: { layer } });
    return [stepped.weights, stepped.places, maps.layer.weights, maps.layer.places];
  });
  expect(weights.length).toBe(whole.length);
  for (const [i, value] of whole.entries()) expect(weights[i]).toBeCloseTo(value, 6);
  expect(places).toEqual(standing);
});

test("calls that do not fit each other are refused", () => {
  using layer = new MultiHeadAttention({ embedDim: 8, numHeads: 2 }, { key: new Key(0) });
  using one = randn(new Key(1), [1, 2, 8]);
  using two = randn(new Key(1), [2, 2, 8]);
  tidy(() => {
    const { maps } = captureAttention(() => [layer.forward(one), layer.forward(two)], { model: { layer } });
    expect(() => joinCalls(maps)).toThrow(ShapeError);
    expect(() => joinCalls(maps)).toThrow(
      `joinCalls: calls of "layer" must have one batch and the same heads (got [1, 2] and ${maps["layer#2"].weights.describe()}, heads 0, 1)`,
    );
  });
});
