import { Key, type Tensor } from "@saccade/core";
import { guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  bigBirdLayout,
  blockSparseAttention,
  CosineAttention,
  DeltaRuleAttention,
  DifferentialAttention,
  GatedAttention,
  linearAttention,
  longformerLayout,
  MechanismLayer,
  MultiHeadAttention,
  MultiHeadLatentAttention,
  orthogonalFeatures,
  performerAttention,
  sigmoidAttention,
  TalkingHeadsAttention,
  topKAttention,
} from "../index.ts";
import { onCpu } from "../testing/on-cpu.ts";
import { distinctNames, type Layer, recallAccuracy, recallDim, rewrittenNames } from "../testing/recall.ts";

onCpu({ beforeAll, afterAll });
guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const sizes = { embedDim: recallDim, numHeads: 2 };

describe("recall: the value of a name, of five", () => {
  const layout = bigBirdLayout({ length: 6, blockSize: 1, window: 1, global: 1, random: 4, key });
  const make: Readonly<Record<string, () => Layer>> = {
    "multi-head": () => new MultiHeadAttention(sizes, { key }),
    "multi-query": () => new MultiHeadAttention({ ...sizes, numKeyValueHeads: 1 }, { key }),
    latent: () =>
      new MultiHeadLatentAttention({ ...sizes, latentDim: 12, headDim: 8, rotaryDim: 2 }, { key }),
    "talking heads": () => new TalkingHeadsAttention(sizes, { key }),
    cosine: () => new CosineAttention(sizes, { key }),
    gated: () => new GatedAttention(sizes, { key }),
    differential: () => new DifferentialAttention({ ...sizes, depth: 1 }, { key }),
    "top-k": () =>
      new MechanismLayer({ ...sizes, attend: (q, k, v) => topKAttention(q, k, v, { k: 2 }) }, { key }),
    sigmoid: () => new MechanismLayer({ ...sizes, attend: (q, k, v) => sigmoidAttention(q, k, v) }, { key }),
    "block-sparse": () =>
      new MechanismLayer({ ...sizes, attend: (q, k, v) => blockSparseAttention(q, k, v, layout) }, { key }),
    linear: () => new MechanismLayer({ ...sizes, attend: (q, k, v) => linearAttention(q, k, v) }, { key }),
  };

  test.each(Object.entries(make))("%s", async (_, layer) => {
    expect(await recallAccuracy(layer(), distinctNames, { key, steps: 120 })).toBeGreaterThan(0.9);
  });

  test("a window without global or random blocks shows the last element its neighbour", async () => {
    const near = longformerLayout({ length: 6, blockSize: 1, window: 1, global: 0 });
    const attend = (q: Tensor, k: Tensor, v: Tensor): Tensor => blockSparseAttention(q, k, v, near);
    const layer = new MechanismLayer({ ...sizes, attend }, { key });
    expect(await recallAccuracy(layer, distinctNames, { key, steps: 80 })).toBeLessThan(0.6);
  });

  test("the mean of all pairs does not tell which value belongs to which name", async () => {
    const mean = new MechanismLayer(
      { ...sizes, attend: (q, _k, v) => v.mean(2, { keepDims: true }).expand(q.shape) },
      { key },
    );
    expect(await recallAccuracy(mean, distinctNames, { key, steps: 80 })).toBeLessThan(0.7);
  });

  test("Performer", async () => {
    using directions = orthogonalFeatures(key, 32, recallDim / 2);
    const attend = (q: Tensor, k: Tensor, v: Tensor): Tensor => performerAttention(q, k, v, directions);
    const layer = new MechanismLayer({ ...sizes, attend }, { key });
    expect(await recallAccuracy(layer, distinctNames, { key, steps: 120 })).toBeGreaterThan(0.9);
  });
});

test("rewriting: the delta rule forgets what a name stood for, linear attention sums it up", async () => {
  const linear = new MechanismLayer(
    { ...sizes, attend: (q, k, v) => linearAttention(q, k, v, { causal: true }) },
    { key },
  );
  const [delta, sums] = [
    await recallAccuracy(new DeltaRuleAttention(sizes, { key }), rewrittenNames, { key, steps: 120 }),
    await recallAccuracy(linear, rewrittenNames, { key, steps: 120 }),
  ];
  expect(delta).toBeGreaterThan(0.9);
  expect(sums).toBeLessThan(0.75);
});
