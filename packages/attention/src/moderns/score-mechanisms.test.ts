import { DTypeError, Key, ShapeError, type Tensor, tensor, zeros } from "@saccade/core";
import { checkGradients, evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  blendOf,
  byHead,
  checkModule,
  dot,
  expectClose,
  logistic,
  matrix,
  random,
  randomHeads,
  softmaxOf,
} from "../testing/by-hand.ts";
import { CosineAttention, cosineAttention } from "./cosine-attention.ts";
import { DifferentialAttention, differentialAttention } from "./differential-attention.ts";
import { GatedAttention, gatedAttention } from "./gated-attention.ts";
import { sigmoidAttention } from "./sigmoid-attention.ts";
import { TalkingHeadsAttention, talkingHeads } from "./talking-heads.ts";
import { topKAttention } from "./top-k-attention.ts";

/** T = 3 queries that stand on the last of S = 5 keys. */
const [T, S, E] = [3, 5, 4];
const key = new Key(0);
const heads = randomHeads(key, { T, S, E });
const [q, k, v] = heads;
const mixers = { scores: random(key.fold(8), [2, 2]), weights: random(key.fold(9), [2, 2]) };
const mask = tensor([[[[1, 1, 0, 1, 1]]], [[[0, 0, 0, 0, 0]]]], { dtype: "u8" });
afterAll(() => {
  for (const x of [...heads, mixers.scores, mixers.weights, mask]) x.dispose();
});
guardMemory({ beforeEach, afterEach });

const causal = (i: number, j: number): boolean => j <= i + S - T;
const visible = (i: number, j: number, b: number): boolean => causal(i, j) && b === 0 && j !== 2;
const norm = (x: readonly number[]): number => Math.sqrt(dot(x, x));

describe("talkingHeads", () => {
  test("its equations, by loops, causal and masked", async () => {
    const [P, W] = await Promise.all([mixers.scores, mixers.weights].map(matrix));
    const all = (await q.array()) as number[][][][];
    const allKeys = (await k.array()) as number[][][][];
    const expected = await byHead(heads, (rows, _, values, h, b) =>
      rows.map((_row, i) => {
        const weights = [0, 1].map((g) =>
          softmaxOf(
            values.map((_value, j) =>
              [0, 1].reduce(
                (sum, f) => sum + (dot(all[b][f][i], allKeys[b][f][j]) / Math.sqrt(E)) * P[f][g],
                0,
              ),
            ),
            (j) => visible(i, j, b),
          ),
        );
        return blendOf(
          values.map((_value, j) => weights[0][j] * W[0][h] + weights[1][j] * W[1][h]),
          values,
        );
      }),
    );
    const options = { causal: true, mask };
    await expectClose(() => talkingHeads(...heads, mixers, options), expected);
    await checkGradients(
      (a, b, c, scores, weights) => talkingHeads(a, b, c, { scores, weights }, options),
      [...heads, mixers.scores, mixers.weights],
    );
  });

  test("a layer", async () => {
    using layer = new TalkingHeadsAttention({ embedDim: 4, numHeads: 2 }, { key, dtype: "f64" });
    using x = random(key, [1, 3, 4]);
    await checkModule(layer, (y) => layer.forward(y, { causal: true }), [x], key.fold(3));
  });
});

describe("topKAttention", () => {
  test.each([1, 2, 4, 99])("%d keys, by loops", async (count) => {
    const expected = await byHead(heads, (rows, keys, values, _, b) =>
      rows.map((row, i) => {
        const scores = keys.map((it) => dot(row, it) / Math.sqrt(E));
        const seen = scores.map((_score, j) => j).filter((j) => visible(i, j, b));
        const chosen = new Set(seen.sort((x, y) => scores[y] - scores[x]).slice(0, count));
        return blendOf(
          softmaxOf(scores, (j) => chosen.has(j)),
          values,
        );
      }),
    );
    const options = { k: count, causal: true, mask };
    await expectClose(() => topKAttention(...heads, options), expected);
    await checkGradients((a, b, c) => topKAttention(a, b, c, options), heads, { order: 2 });
  });
});

describe("sigmoidAttention", () => {
  test.each([undefined, 0.5])("by loops, b = %s", async (bias) => {
    const expected = await byHead(heads, (rows, keys, values, _, b) =>
      rows.map((row, i) =>
        blendOf(
          keys.map((it, j) =>
            visible(i, j, b) ? logistic(dot(row, it) / Math.sqrt(E) + (bias ?? -Math.log(S))) : 0,
          ),
          values,
        ),
      ),
    );
    const options = { causal: true, mask, ...(bias === undefined ? {} : { bias }) };
    await expectClose(() => sigmoidAttention(...heads, options), expected);
    await checkGradients((a, b, c) => sigmoidAttention(a, b, c, options), heads, { order: 2 });
  });
});

describe("cosineAttention", () => {
  test("its equation, by loops", async () => {
    using temperature = tensor([2, 7], { dtype: "f64" });
    const expected = await byHead(heads, (rows, keys, values, h, b) =>
      rows.map((row, i) =>
        blendOf(
          softmaxOf(
            keys.map((it) => ([2, 7][h] * dot(row, it)) / (norm(row) * norm(it))),
            (j) => visible(i, j, b),
          ),
          values,
        ),
      ),
    );
    await expectClose(() => cosineAttention(...heads, temperature, { causal: true, mask }), expected);
    await checkGradients(
      (a, b, c, g) => cosineAttention(a, b, c, g, { causal: true }),
      [...heads, temperature],
    );
    const [number, vector] = await evaluateAll(() => {
      using same = tensor([5, 5], { dtype: "f64" });
      return [cosineAttention(...heads, 5), cosineAttention(...heads, same)];
    });
    await expectClose(() => tensor(number, { dtype: "f64" }), vector);
  });

  test("a layer", async () => {
    using layer = new CosineAttention({ embedDim: 4, numHeads: 2 }, { key, dtype: "f64" });
    using x = random(key, [1, 3, 4]);
    await checkModule(layer, (y) => layer.forward(y, { causal: true }), [x], key.fold(3));
  });
});

describe("gatedAttention", () => {
  test.each([1, 4])("by loops, gates of width %d", async (width) => {
    using gate = random(key.fold(5), [2, 2, T, width]);
    const g = (await gate.array()) as number[][][][];
    const expected = await byHead(heads, (rows, keys, values, h, b) =>
      rows.map((row, i) =>
        blendOf(
          softmaxOf(
            keys.map((it) => dot(row, it) / Math.sqrt(E)),
            (j) => visible(i, j, b),
          ),
          values,
        ).map((x, e) => x * logistic(g[b][h][i][width === 1 ? 0 : e])),
      ),
    );
    await expectClose(() => gatedAttention(...heads, gate, { causal: true, mask }), expected);
    await checkGradients((a, b, c, d) => gatedAttention(a, b, c, d, { causal: true }), [...heads, gate], {
      order: 2,
    });
  });

  test.each([true, false])("a layer, headwise %s", async (headwise) => {
    using layer = new GatedAttention({ embedDim: 4, numHeads: 2, headwise }, { key, dtype: "f64" });
    using x = random(key, [1, 3, 4]);
    await checkModule(layer, (y) => layer.forward(y, { causal: true }), [x], key.fold(3));
  });
});

describe("differentialAttention", () => {
  test("equation 1, by loops", async () => {
    using lambda = tensor([0.3], { dtype: "f64" });
    const expected = await byHead(heads, (rows, keys, values, _, b) =>
      rows.map((row, i) => {
        const [one, two] = [0, 2].map((from) =>
          softmaxOf(
            keys.map((it) => dot(row.slice(from, from + 2), it.slice(from, from + 2)) / Math.SQRT2),
            (j) => visible(i, j, b),
          ),
        );
        return blendOf(
          one.map((x, j) => x - 0.3 * two[j]),
          values,
        );
      }),
    );
    await expectClose(() => differentialAttention(...heads, lambda, { causal: true, mask }), expected);
    await checkGradients(
      (a, b, c, l) => differentialAttention(a, b, c, l, { causal: true }),
      [...heads, lambda],
    );
  });

  test("a layer: equations 2 and 3", async () => {
    using layer = new DifferentialAttention({ embedDim: 8, numHeads: 2, depth: 2 }, { key, dtype: "f64" });
    const rows = await matrix(layer.lambdas);
    const init = 0.8 - 0.6 * Math.exp(-0.3);
    const lambda = Math.exp(dot(rows[0], rows[1])) - Math.exp(dot(rows[2], rows[3])) + init;
    await expectClose(() => layer.lambda(), [lambda]);
    using x = random(key, [1, 3, 8]);
    await checkModule(layer, (y) => layer.forward(y, { causal: true }), [x], key.fold(3));
  });
});

describe("all of them", () => {
  const talkingHeadsWith = (a: Tensor, b: Tensor, c: Tensor, options: object): Tensor =>
    talkingHeads(a, b, c, mixers, options);
  const one = { scores: mixers.scores, weights: mixers.weights };
  const calls: Readonly<Record<string, (a: Tensor, b: Tensor, c: Tensor) => Tensor>> = {
    talkingHeads: (a, b, c) => talkingHeads(a, b, c, one),
    topKAttention: (a, b, c) => topKAttention(a, b, c, { k: 2 }),
    sigmoidAttention: (a, b, c) => sigmoidAttention(a, b, c),
    cosineAttention: (a, b, c) => cosineAttention(a, b, c, 3),
    gatedAttention: (a, b, c) => gatedAttention(a, b, c, a.narrow(3, 0, 1)),
    differentialAttention: (a, b, c) => differentialAttention(a, b, c, 0.5),
  };

  test.each(Object.entries(calls))("%s: no queries, no keys, one key", async (_, call) => {
    const of = (queries: number, keys: number) =>
      evaluate(() => {
        const [a, b] = [
          zeros([1, 2, queries, 4], { dtype: "f64" }),
          zeros([1, 2, keys, 4], { dtype: "f64" }),
        ];
        return call(a, b, b);
      });
    expect(await of(0, 3)).toEqual([]);
    expect((await of(1, 0)).every((x) => x === 0)).toBe(true);
    expect((await of(1, 1)).length).toBe(8);
  });

  test("an option that is unknown", () => {
    const options: object = { causl: true };
    for (const call of [talkingHeadsWith, sigmoidAttention]) {
      expect(() => call(q, k, v, options)).toThrow('unknown option "causl" (known: causal, mask, scale)');
    }
  });

  test("what does not fit", () => {
    using ids = zeros([2, 2, T, E], { dtype: "i32" });
    expect(() => sigmoidAttention(ids, k, v)).toThrow(DTypeError);
    using few = zeros([2, 1, S, E], { dtype: "f64" });
    expect(() => topKAttention(q, few, v, { k: 1 })).toThrow(ShapeError);
  });
});
