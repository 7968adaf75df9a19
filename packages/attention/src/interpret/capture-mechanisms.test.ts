import { add, autocast, Key, randn, type Tensor, tidy, zeros } from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as all from "../index.ts";
import { captureAttention } from "./capture-attention.ts";
import { captureGradients } from "./capture-gradients.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const [B, T, S, D, H] = [2, 3, 4, 8, 2];
const dims = { queryDim: D, keyDim: D };
const heads = { embedDim: D, numHeads: H };
const align = (): all.ScoredAttention => new all.DotAttention();

type Run = (query: Tensor, keys: Tensor) => unknown;

/** A layer, and a run of it; what its maps are called below it, with their shapes. */
const layers: Record<string, () => [Module, Run, Record<string, readonly number[]>]> = {
  ...Object.fromEntries(
    (
      [
        ["AdditiveAttention", () => new all.AdditiveAttention(dims, { key })],
        ["DotAttention", align],
        ["GeneralAttention", () => new all.GeneralAttention(dims, { key })],
        ["ConcatAttention", () => new all.ConcatAttention(dims, { key })],
        [
          "LocalMonotonicAttention",
          () => new all.LocalMonotonicAttention({ alignment: align(), halfWidth: 1 }),
        ],
        [
          "LocalPredictiveAttention",
          () => new all.LocalPredictiveAttention({ alignment: align(), halfWidth: 1, queryDim: D }, { key }),
        ],
        ["MonotonicAttention", () => new all.MonotonicAttention({ alignment: align() })],
        ["PointerAttention", () => new all.PointerAttention(dims, { key })],
        ["ReluAttention", () => new all.ReluAttention(dims, { key })],
      ] as [string, () => Module & { forward: Run }][]
    ).map(([name, make]) => [
      name,
      () => {
        const layer = make();
        return [layer, (x, y) => layer.forward(x, y), { "": [B, 1, T, S] }];
      },
    ]),
  ),
  ...Object.fromEntries(
    (
      [
        ["TalkingHeadsAttention", () => new all.TalkingHeadsAttention(heads, { key })],
        ["GatedAttention", () => new all.GatedAttention(heads, { key })],
        ["CosineAttention", () => new all.CosineAttention(heads, { key })],
        ["sigmoid", () => new all.MechanismLayer({ ...heads, attend: all.sigmoidAttention }, { key })],
        [
          "topK",
          () =>
            new all.MechanismLayer(
              { ...heads, attend: (q, k, v) => all.topKAttention(q, k, v, { k: 2 }) },
              { key },
            ),
        ],
        [
          "Shaw",
          () =>
            new all.MechanismLayer(
              {
                ...heads,
                attend: (q, k, v) => {
                  const table = zeros([3, D / H]);
                  return all.shawAttention(q, k, v, { keys: table, values: table });
                },
              },
              { key },
            ),
        ],
        [
          "MultiHeadLatentAttention",
          () =>
            new all.MultiHeadLatentAttention({ ...heads, latentDim: 6, headDim: 4, rotaryDim: 2 }, { key }),
        ],
      ] as [string, () => Module & { forward(x: Tensor): Tensor }][]
    ).map(([name, make]) => [
      name,
      () => {
        const layer = make();
        return [layer, (_, y) => layer.forward(y), { "": [B, H, S, S] }];
      },
    ]),
  ),
  DifferentialAttention: () => {
    const layer = new all.DifferentialAttention({ ...heads, depth: 1 }, { key });
    return [layer, (_, y) => layer.forward(y), { "": [B, H, S, S], "#2": [B, H, S, S] }];
  },
  CoverageAttention: () => {
    const layer = new all.CoverageAttention(dims, { key });
    return [layer, (x, y) => layer.forward(x.narrow(1, 0, 1), y, null), { "": [B, 1, 1, S] }];
  },
  CoAttention: () => {
    const layer = new all.CoAttention({ embedDim: D }, { key });
    return [layer, (x, y) => layer.forward(x, y), { "": [B, 1, 1, T], "#2": [B, 1, 1, S] }];
  },
  SelfAttentivePooling: () => {
    const layer = new all.SelfAttentivePooling({ embedDim: D, hops: 3 }, { key });
    return [layer, (_, y) => layer.forward(y), { "": [B, 1, 3, S] }];
  },
  ContextPooling: () => {
    const layer = new all.ContextPooling({ embedDim: D }, { key });
    return [layer, (_, y) => layer.forward(y), { "": [B, 1, 1, S] }];
  },
};

/** Whose weights do not sum to 1. */
const notOne = ["TalkingHeadsAttention", "sigmoid", "MonotonicAttention", "LocalPredictiveAttention"];

test.each(Object.entries(layers))("%s names its maps by its path", async (name, make) => {
  const [layer, run, shapes] = make();
  using model = layer;
  using x = randn(key.fold(1), [B, T, D]);
  using y = randn(key.fold(2), [B, S, D]);
  const sums = await evaluateAll(() => {
    const { maps } = captureAttention(() => run(x, y), { model: { deep: [model] } });
    const found = Object.fromEntries(
      Object.entries(maps).map(([name, { weights }]) => [name, weights.shape]),
    );
    expect(found).toEqual(
      Object.fromEntries(Object.entries(shapes).map(([suffix, shape]) => [`deep.0${suffix}`, shape])),
    );
    return Object.values(maps).map(({ weights }) => weights.sum(-1));
  });
  const least = notOne.includes(name) ? 0 : 1 - 1e-5;
  const most = notOne.includes(name) ? Number.POSITIVE_INFINITY : 1 + 1e-5;
  for (const sum of sums.flat()) expect(sum >= least && sum <= most).toBe(true);
});

test("weights that a mechanism gives: what it returns, rows and heads as asked for", async () => {
  using layer = new all.AdditiveAttention(dims, { key });
  using x = randn(key.fold(1), [B, T, D]);
  using y = randn(key.fold(2), [B, S, D]);
  using talking = new all.TalkingHeadsAttention(heads, { key });
  const [apart, places, halves] = await evaluateAll(() => {
    const { result, maps } = captureAttention(() => layer.forward(x, y), { queries: [-1, 0] });
    const rows = result.weights.unsqueeze(1);
    const { maps: two } = captureAttention(() => talking.forward(x), { heads: [1], queries: [2] });
    const { maps: whole } = captureAttention(() => talking.forward(x));
    expect(two.attention).toMatchObject({ heads: [1], queries: [2] });
    const half = autocast({ dtype: "f16" }, () => captureAttention(() => talking.forward(x)));
    return [
      maps.attention.weights
        .slice(null, null, 0)
        .sub(rows.slice(null, null, 2))
        .abs()
        .amax(),
      maps.attention.places,
      two.attention.weights
        .sub(whole.attention.weights.slice(null, [1, 2], [2, 3]))
        .abs()
        .amax()
        .add(half.maps.attention.weights.sub(whole.attention.weights).abs().amax().gt(5e-3)),
    ];
  });
  expect(apart).toEqual([0]);
  expect(places).toEqual([3, 1]);
  expect(halves).toEqual([0]);
});

test("hierarchies name their parts; those that look are refused what is not there", () => {
  using model = new all.HierarchicalAttention({ wordDim: D }, { key });
  using x = randn(key, [1, 2, 3, D]);
  tidy(() => {
    const { maps } = captureAttention(() => model.forward(x), { model });
    expect(Object.keys(maps).length).toBe(2);
    for (const name of Object.keys(maps)) expect(name).not.toMatch(/attention/);
    expect(() => captureAttention(() => model.forward(x), { model, heads: [1] })).toThrow(
      "are integers from 0 to 0",
    );
  });
});

test("gradients of weights that a mechanism computes itself are refused, unless others are asked for", () => {
  using additive = new all.AdditiveAttention(dims, { key });
  using mha = new all.MultiHeadAttention(heads, { key });
  using x = randn(key.fold(1), [B, T, D]);
  using y = randn(key.fold(2), [B, S, D]);
  const model = { additive, mha };
  const run = (): Tensor => add(additive.forward(x, y).context.sum(), mha.forward(x).sum());
  expect(() => captureGradients(run, { model })).toThrow(
    "captureGradients: additive computes its weights itself, and shows no gradients of them; say by modules",
  );
  tidy(() => {
    const { maps } = captureGradients(run, { model, modules: ["mha"] });
    expect(Object.keys(maps)).toEqual(["mha"]);
  });
});
