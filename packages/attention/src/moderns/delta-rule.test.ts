import { Key, normalize, ones, randn, type Tensor, tensor, tidy, zeros } from "@saccade/core";
import { checkGradients, evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  byHead,
  checkModule,
  columns,
  cube,
  dot,
  expectClose,
  random,
  randomHeads,
  times,
} from "../testing/by-hand.ts";
import { DeltaRuleAttention, deltaRule } from "./delta-rule.ts";

const key = new Key(0);
const heads = randomHeads(key, { T: 9 });
const rates = random(key.fold(7), [2, 2, 9]);
afterAll(() => {
  for (const x of [...heads, rates]) x.dispose();
});
guardMemory({ beforeEach, afterEach });

const rule = (q: Tensor, k: Tensor, v: Tensor, b: Tensor, chunk: number): Tensor =>
  deltaRule(q, normalize(k, 2, -1), v, b.sigmoid(), { chunk }).out;

describe("deltaRule", () => {
  test.each([1, 2, 4, 5, 9, 32])("in chunks of %d is the recurrence", async (chunk) => {
    const logits = await cube(rates);
    const expected = await byHead(heads, (q, k, v, h, b) => {
      // S: [Ev][E], as the paper has it.
      let S = v[0].map(() => q[0].map(() => 0));
      return q.map((row, t) => {
        const length = Math.sqrt(dot(k[t], k[t]));
        const unit = k[t].map((x) => x / length);
        const beta = 1 / (1 + Math.exp(-logits[b][h][t]));
        const old = times(S, unit);
        S = S.map((line, e) => line.map((x, d) => x + beta * (v[t][e] - old[e]) * unit[d]));
        return times(S, row);
      });
    });
    await expectClose(() => rule(...heads, rates, chunk), expected);
    if (chunk === 4)
      await checkGradients((q, k, v, b) => rule(q, k, v, b, chunk), [...heads, rates], { order: 2 });
  });

  test.each([8, 32, 64])("in chunks of %d in f32, also where all keys are alike", async (chunk) => {
    const alike = tidy(() =>
      normalize(ones([1, 1, 70, 8]).add(randn(key, [1, 1, 70, 8], { std: 0.1 })), 2, -1),
    );
    const values = randn(key.fold(1), [1, 1, 70, 4]);
    const run = (size: number): Tensor =>
      deltaRule(alike, alike, values, ones([1, 1, 70]), { chunk: size }).out;
    const [byChunks, byElements] = await evaluateAll(() => [run(chunk), run(1)]);
    for (const [i, value] of byElements.entries()) expect(byChunks[i]).toBeCloseTo(value, 4);
    alike.dispose();
    values.dispose();
  });

  test("in pieces, by its state, as whole", async () => {
    const [q, k, v] = heads;
    const [whole, pieces, state, last] = await evaluateAll(() => {
      const inputs = [q, normalize(k, 2, -1), v, rates.sigmoid()];
      const run = (from: number, to: number, before: Tensor | null) => {
        const [a, b, c, d] = inputs.map((x) => x.narrow(2, from, to - from));
        return deltaRule(a, b, c, d, { chunk: 2, state: before });
      };
      const all = run(0, 9, null);
      const end = run(5, 9, run(0, 5, null).state);
      return [all.out.narrow(2, 5, 4), end.out, all.state, end.state];
    });
    await expectClose(() => tensor(pieces, { dtype: "f64" }), whole);
    await expectClose(() => tensor(last, { dtype: "f64" }), state);
  });

  test("what is written with beta = 1 is read back, and replaces what was there", async () => {
    const keys = tensor([
      [
        [
          [1, 0],
          [0, 1],
          [1, 0],
        ],
      ],
    ]);
    const values = tensor([
      [
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ],
    ]);
    const read = await evaluate(() => {
      const { state } = deltaRule(keys, keys, values, zeros([1, 1, 3]).add(1));
      return state;
    });
    expect(columns([read.slice(0, 2), read.slice(2)])).toEqual([
      [5, 3],
      [6, 4],
    ]);
    keys.dispose();
    values.dispose();
  });

  test("no elements", async () => {
    const x = zeros([1, 1, 0, 2]);
    using beta = zeros([1, 1, 0]);
    expect(await evaluate(() => deltaRule(x, x, x, beta).out)).toEqual([]);
    x.dispose();
  });
});

test("DeltaRuleAttention: gradients; later elements change nothing before", async () => {
  using layer = new DeltaRuleAttention({ embedDim: 4, numHeads: 2 }, { key, dtype: "f64" });
  using x = random(key.fold(1), [1, 5, 4]);
  await checkModule(layer, (y) => layer.forward(y, { chunk: 2 }), [x], key.fold(3));
  const [whole, part] = await evaluateAll(() => [
    layer.forward(x).narrow(1, 0, 3),
    layer.forward(x.narrow(1, 0, 3)),
  ]);
  await expectClose(() => tensor(part, { dtype: "f64" }), whole);
});
