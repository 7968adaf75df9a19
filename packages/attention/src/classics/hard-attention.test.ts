import { ArgumentError, Key, ShapeError, tensor, valueAndGrad, zeros } from "@saccade/core";
import { checkGradients, evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cube, expectClose, random, softmaxOf } from "../testing/by-hand.ts";
import { hardAttention, reinforceLoss } from "./hard-attention.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);

describe("hardAttention", () => {
  test("draws keys as often as their softmax says, and never a hidden one", async () => {
    const draws = 20_000;
    const weights = await evaluate(() => {
      const scores = tensor([[[0, 1, 2, 5]]]).expand([1, draws, 4]);
      const mask = tensor([[[1, 1, 1, 0]]], { dtype: "u8" });
      return hardAttention(scores, zeros([1, 4, 1]), { key, mask }).weights.mean(1);
    });
    const expected = softmaxOf([0, 1, 2]);
    // Five standard deviations of a mean of draws.
    for (const [j, p] of expected.entries())
      expect(Math.abs(weights[j] - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / draws));
    expect(weights[3]).toBe(0);
  });

  test("the same key draws the same; the logarithm is that of what was drawn, with its gradient", async () => {
    using scores = random(key.fold(1), [2, 3, 5]);
    using values = random(key.fold(2), [2, 5, 2]);
    const [once, again] = await evaluateAll(() =>
      [0, 1].map(() => hardAttention(scores, values, { key }).weights),
    );
    expect(once).toEqual(again);
    const expected = (await cube(scores)).flatMap((rows, b) =>
      rows.map((row, t) =>
        Math.log(softmaxOf(row)[once.slice(15 * b + 5 * t, 15 * b + 5 * t + 5).indexOf(1)]),
      ),
    );
    await expectClose(() => hardAttention(scores, values, { key }).logProbability, expected);
    await checkGradients((s) => hardAttention(s, values, { key }).logProbability, [scores]);
    await checkGradients((v) => hardAttention(scores, v, { key }).context, [values]);
  });

  test("entropy is that of the softmax, with its gradient; hidden keys have no part in it", async () => {
    using scores = random(key.fold(1), [2, 3, 5]);
    using values = random(key.fold(2), [2, 5, 2]);
    const mask = tensor([[[1, 1, 1, 0, 1]], [[0, 0, 0, 0, 0]]], { dtype: "u8" });
    const entropyOf = (row: number[]): number =>
      softmaxOf(row).reduce((total, p) => total - p * Math.log(p), 0);
    const rows = await cube(scores);
    await expectClose(() => hardAttention(scores, values, { key }).entropy, rows.flat().map(entropyOf));
    const seen = rows[0].map((row) => entropyOf(row.filter((_, j) => j !== 3)));
    await expectClose(() => hardAttention(scores, values, { key, mask }).entropy, [...seen, 0, 0, 0]);
    await checkGradients((s) => hardAttention(s, values, { key }).entropy, [scores]);
    await checkGradients((s) => hardAttention(s, values, { key, mask }).entropy, [scores]);
    mask.dispose();
  });

  test("straight-through: the gradient is that of soft weights; reinforce: none", async () => {
    using scores = random(key.fold(1), [2, 3, 5]);
    using values = random(key.fold(2), [2, 5, 2]);
    const gradientOf = (estimator: "reinforce" | "straightThrough" | "soft") =>
      evaluate(
        () =>
          valueAndGrad(() => {
            const context =
              estimator === "soft"
                ? scores.softmax().matmul(values)
                : hardAttention(scores, values, { key, estimator }).context;
            return context.mul(random(key.fold(4), [2, 3, 2])).sum();
          }, [scores]).grads[0],
      );
    const soft = await gradientOf("soft");
    const through = await gradientOf("straightThrough");
    for (const [i, value] of soft.entries()) expect(through[i]).toBeCloseTo(value, 12);
    expect(new Set(await gradientOf("reinforce"))).toEqual(new Set([0]));
  });

  test("a query that may attend nowhere gives zeros, also in backward", async () => {
    using scores = random(key, [1, 1, 3]);
    using mask = zeros([1, 1, 3], { dtype: "u8" });
    using values = random(key, [1, 3, 2]);
    const run = () => hardAttention(scores, values, { key, mask, estimator: "straightThrough" });
    const [context, log, grad] = await evaluateAll(() => [
      run().context,
      run().logProbability,
      valueAndGrad(() => run().context.sum().add(run().logProbability.sum()), [scores]).grads[0],
    ]);
    expect([context, log, grad].flat().every((x) => Math.abs(x) === 0)).toBe(true);
  });

  test("what it refuses", () => {
    using scores = zeros([1, 1, 0]);
    expect(() => hardAttention(scores, scores)).toThrow(ArgumentError);
    expect(() => hardAttention(scores, scores, { estimator: "other" as "reinforce" })).toThrow(ArgumentError);
  });
});

test("reinforceLoss: the mean gradient over draws is the gradient of the expected reward", async () => {
  const rewards = [1, 0, 3];
  using logits = tensor([[[0.5, -0.5, 0]]], { dtype: "f64" });
  const p = softmaxOf([0.5, -0.5, 0]);
  const expectedReward = p.reduce((total, x, j) => total + x * rewards[j], 0);
  const draws = 20_000;
  const grad = await evaluate(
    () =>
      valueAndGrad(() => {
        const values = tensor([rewards.map((r) => [r])], { dtype: "f64" });
        const { context, logProbability } = hardAttention(logits.expand([1, draws, 3]), values, { key });
        return reinforceLoss(logProbability, context.squeeze(-1), expectedReward);
      }, [logits]).grads[0],
  );
  for (const [j, x] of p.entries()) {
    // Five standard deviations of a mean of draws of reward x slope, whose size is at most the largest reward.
    const deviation = Math.max(...rewards) / Math.sqrt(draws);
    expect(Math.abs(-grad[j] - x * (rewards[j] - expectedReward))).toBeLessThan(5 * deviation);
  }
});

test("reinforceLoss: a reward of another shape is refused, not spread over the batch", () => {
  using logProbability = zeros([2, 1]);
  using reward = zeros([2]);
  expect(() => reinforceLoss(logProbability, reward)).toThrow(
    new ShapeError("reinforceLoss: reward - baseline must broadcast to [B, T] (got [2] for [2,1])"),
  );
});
