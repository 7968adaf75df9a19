import { Key, randn, type Tensor, valueAndGrad } from "@saccade/core";
import { checkGradients, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attention, attentionWeights } from "../scaled-dot-product/attention.ts";
import { captured } from "./captured.ts";
import { mayLoseGradients } from "./lost-gradients.ts";
import { type ScoreMod, traceMods } from "./trace-mods.ts";

guardMemory({ beforeEach, afterEach });

const draw = (seed: number, shape: number[]): Tensor => randn(new Key(seed), shape, { dtype: "f64" });

/** All of them have numbers for the pairs that are seen only: distances of keys in front of the query. */
const mods: Readonly<Record<string, (slope: Tensor, table: Tensor) => ScoreMod>> = {
  "a table that ends at the query, scaled": (slope, table) => {
    const [a, t] = [captured(slope), captured(table)];
    return (s, { h, q, k }) => s.add(a(h).mul(t(q.sub(k))));
  },
  "a root of the distance":
    (slope) =>
    (s, { h, q, k }) =>
      s.sub(captured(slope)(h).mul(q.sub(k).sqrt())),
  "scores themselves times a table": (slope, table) => {
    const [a, t] = [captured(slope), captured(table)];
    return (s, { h, q, k }) =>
      s
        .tanh()
        .mul(t(q.sub(k)))
        .add(a(h));
  },
  "a quotient":
    (slope) =>
    (s, { h, q, k }) =>
      s.add(captured(slope)(h).div(q.sub(k).add(1))),
};

describe.each(Object.entries(mods))("%s", (_, mod) => {
  test("gradients are those of differences, to second order", async () => {
    using q = draw(0, [1, 2, 4, 3]);
    using slope = draw(1, [2]);
    using table = draw(2, [4]);
    const fn = (x: Tensor, a: Tensor, t: Tensor): Tensor =>
      attention(x, x, x, { causal: true, scoreMod: mod(a, t) });
    await checkGradients(fn, [q, slope, table], { order: 2 });
  });

  test("those of the weights, too", async () => {
    using q = draw(0, [1, 2, 4, 3]);
    using slope = draw(1, [2]);
    using table = draw(2, [4]);
    const weights = () =>
      attentionWeights(q, q, { causal: true, scoreMod: mod(slope, table) })
        .square()
        .sum();
    using result = valueAndGrad(weights, [q, slope, table]);
    for (const gradient of result.grads) {
      for (const value of await gradient.data()) expect(value).not.toBeNaN();
    }
  });
});

test("what is seen and outside of the table stays NaN", async () => {
  using q = draw(0, [1, 1, 3, 2]);
  using slope = draw(1, [1]);
  using table = draw(2, [2]);
  const scoreMod = mods["scores themselves times a table"](slope, table);
  using result = valueAndGrad(() => attention(q, q, q, { causal: true, scoreMod }).sum(), [table]);
  expect((await result.grads[0].data()).some(Number.isNaN)).toBe(true);
});

test("only programs that could spoil a gradient pay for it", () => {
  using table = draw(0, [2, 9]);
  const at = captured(table);
  const row = captured(table);
  const spoiling = (scoreMod: ScoreMod): boolean => {
    const program = traceMods({ scoreMod, maskMod: null })?.mods.score;
    return !!program && mayLoseGradients(program);
  };
  // Added as they are: the relative biases and slopes that models have.
  expect(spoiling((s, { h, q, k }) => s.add(at(h, k.sub(q).add(4))))).toBe(false);
  expect(spoiling((s, { h, b, q, k }) => s.sub(row(h, b).mul(q.sub(k).abs())))).toBe(false);
  expect(spoiling((s) => s.div(30).tanh().mul(30))).toBe(false);
  expect(spoiling((s, { h, b }) => s.mul(row(h, b)).maximum(1))).toBe(false);
  // Something else is multiplied by them, or they by themselves.
  expect(spoiling((s, { h, q, k }) => s.mul(at(h, q.sub(k))))).toBe(true);
  expect(spoiling((s, { h, q, k }) => s.add(at(h, q.sub(k)).square()))).toBe(true);
  expect(spoiling((s, { q, k }) => s.mul(q.sub(k).log()))).toBe(true);
  expect(spoiling((s) => s.exp())).toBe(true);
  expect(spoiling((s, { q, k }) => s.div(q.sub(k)))).toBe(true);
  expect(spoiling((s, { h, q, k }) => s.remainder(at(h, q.sub(k))))).toBe(true);
});
