import { Key, ones, randn, tensor } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attentionWeights, MultiHeadAttention } from "./index.ts";

guardMemory({ beforeEach, afterEach });

/** Errors that sample code about attention is known for. */
describe("pitfalls", () => {
  const D = 8;
  const H = 4;
  const make = (seed = 0): MultiHeadAttention =>
    new MultiHeadAttention({ embedDim: D, numHeads: H }, { key: new Key(seed) });

  test("scores are scaled by the square root of the head's width, not the model's", async () => {
    using mha = make();
    using x = randn(new Key(1), [1, 3, D]);
    const [got, byHead, byModel, output, expected] = await evaluateAll(() => {
      const split = (y: typeof x) => y.reshape([1, 3, H, D / H]).permute([0, 2, 1, 3]);
      const [q, k, v] = [mha.queryProjection, mha.keyProjection, mha.valueProjection].map((projection) =>
        split(projection.forward(x)),
      );
      const scores = q.matmul(k.transpose());
      const weights = scores.div(Math.sqrt(D / H)).softmax();
      const heads = weights.matmul(v).permute([0, 2, 1, 3]).reshape([1, 3, D]);
      return [
        mha.weights(x),
        weights,
        scores.div(Math.sqrt(D)).softmax(),
        mha.forward(x),
        mha.outProjection.forward(heads),
      ];
    });
    for (const [i, value] of expected.entries()) expect(output[i]).toBeCloseTo(value, 6);
    for (const [i, value] of byHead.entries()) expect(got[i]).toBeCloseTo(value, 6);
    expect(got.some((value, i) => Math.abs(value - byModel[i]) > 0.01)).toBe(true);
  });

  test("cross-attention projects queries, keys and values", async () => {
    using x = randn(new Key(1), [1, 3, D]);
    using memory = randn(new Key(2), [1, 5, D]);
    for (const name of ["queryProjection", "keyProjection", "valueProjection"] as const) {
      using mha = make();
      const [before] = await evaluateAll(() => [mha.cross(x, memory)]);
      using other = make(7);
      mha[name].loadStateDict(other[name].stateDict());
      const [after] = await evaluateAll(() => [mha.cross(x, memory)]);
      expect(after, name).not.toEqual(before);
    }
  });

  test("heads are merged by an output projection, which sees all of them", async () => {
    using mha = make();
    using x = randn(new Key(1), [2, 3, D]);
    // Only the last input of the projection, of the last head, counts: it reaches every output.
    using weight = tensor(
      Array.from({ length: D }, (_, i) => Array.from({ length: D }, (_, j) => (j === D - 1 ? i + 1 : 0))),
    );
    const { bias } = mha.outProjection;
    if (bias) mha.outProjection.loadStateDict({ weight, bias });
    const [y] = await evaluateAll(() => [mha.forward(x)]);
    expect(y.length).toBe(2 * 3 * D);
    for (let i = 0; i < D; i++) expect(y[i]).toBeCloseTo((i + 1) * y[0], 5);
    expect(y[0]).not.toBe(0);
  });

  test("a padding mask and a causal mask both fit, alone and together", async () => {
    using mha = make();
    using x = randn(new Key(1), [2, 4, D]);
    using padding = tensor(Uint8Array.of(1, 1, 1, 1, 1, 1, 0, 0), { shape: [2, 1, 1, 4] });
    using causal = tensor(Uint8Array.of(1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1), { shape: [4, 4] });
    using both = ones([2, 1, 4, 4], { dtype: "u8" });
    const [byFlag, byMask, together, unmasked] = await evaluateAll(() => [
      mha.weights(x, x, { causal: true }),
      mha.weights(x, x, { mask: causal }),
      mha.weights(x, x, { mask: padding, causal: true }),
      mha.weights(x, x, { mask: both }),
    ]);
    expect(byFlag).toEqual(byMask);
    const zeros = (weights: readonly number[]): number => weights.filter((w) => w === 0).length;
    expect(zeros(byFlag)).toBe(2 * H * 6);
    // The second sequence has two keys: its rows see 1, 2, 2, 2 of them.
    expect(zeros(together)).toBe(H * 6 + H * (16 - 7));
    expect(zeros(unmasked)).toBe(0);
    // Padding at the beginning is behind every query: the output is the same whatever it holds.
    using left = tensor(Uint8Array.of(1, 1, 1, 1, 0, 0, 1, 1), { shape: [2, 1, 1, 4] });
    const [output, other] = await evaluateAll(() =>
      [0, 9].map((fill) => {
        const kept = left.reshape([2, 4, 1]);
        const filled = x.mul(kept).add(kept.eq(0).mul(fill));
        return mha.forward(filled, { mask: left, causal: true }).narrow(1, 2, 2);
      }),
    );
    expect(output).toEqual(other);
    const [causally, bidirectionally] = await evaluateAll(() =>
      [true, false].map((flag) => mha.forward(x, { mask: padding, causal: flag }).narrow(1, 2, 2)),
    );
    expect(causally).not.toEqual(bidirectionally);
  });

  test("a step attends to the steps before it: to its own key alone, weights would be 1 and the output its value", async () => {
    using mha = make();
    using x = randn(new Key(1), [1, 3, D]);
    using cache = mha.createCache({ batch: 1, maxLength: 3 });
    const steps: number[][] = [];
    for (let t = 0; t < 3; t++) {
      const [y] = await evaluateAll(() => [mha.forward(x.narrow(1, t, 1), { causal: true, cache })]);
      steps.push(y);
    }
    const [whole, alone] = await evaluateAll(() => [
      mha.forward(x, { causal: true }),
      mha.outProjection.forward(mha.valueProjection.forward(x)),
    ]);
    const row = (all: number[], t: number): number[] => all.slice(t * D, (t + 1) * D);
    const apart = (a: number[], b: number[]): number => Math.max(...a.map((v, i) => Math.abs(v - b[i])));
    for (const [t, step] of steps.entries()) {
      expect(apart(step, row(whole, t))).toBeLessThan(1e-5);
      if (t === 0) expect(apart(step, row(alone, t))).toBeLessThan(1e-5);
      else expect(apart(step, row(alone, t))).toBeGreaterThan(1e-3);
    }
  });

  test("softmax runs over keys, not over queries", async () => {
    using q = randn(new Key(0), [1, 1, 2, 4]);
    using k = randn(new Key(1), [1, 1, 3, 4]);
    const [overKeys, overQueries] = await evaluateAll(() => {
      const weights = attentionWeights(q, k);
      return [weights.sum(-1), weights.sum(-2)];
    });
    for (const total of overKeys) expect(total).toBeCloseTo(1, 6);
    expect(overQueries.every((total) => Math.abs(total - 1) > 1e-3)).toBe(true);
  });
});
