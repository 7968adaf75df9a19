import { Key, memory, randn, softmax, type Tensor } from "@saccade/core";
import { leftBehind } from "@saccade/core/testing";
import { afterAll, expect, test } from "vitest";
import { MultiHeadAttention } from "../multi-head-attention.ts";
import * as all from "./index.ts";

const key = new Key(0);
const x = randn(key, [2, 3, 8]);
const weights = softmax(randn(key, [2, 2, 3, 3]));
const mha = new MultiHeadAttention({ embedDim: 8, numHeads: 2 }, { key });
afterAll(() => {
  for (const each of [x, weights, mha]) each.dispose();
});

/** Every public function that makes tensors. */
const calls: Partial<Record<keyof typeof all, () => unknown>> = {
  ablateHeads: () => all.ablateHeads({ a: mha }, { a: [1] }, () => mha.forward(x), { replacement: "mean" }),
  attendingAs: () => all.attendingAs(mha, () => mha.forward(x)),
  captureActivations: () => all.captureActivations(() => mha.forward(x), { model: { mha }, inputs: true }),
  captureAttention: () => all.captureAttention(() => mha.forward(x), { heads: [1], queries: [0, -1] }),
  captureGradients: () => all.captureGradients(() => mha.forward(x).sum(), { heads: [1], queries: [0, -1] }),
  fromEmbeddings: () => {
    const { embeddings, score } = all.fromEmbeddings(mha, () => mha.forward(x).sum([1, 2]));
    return [embeddings, score(embeddings)];
  },
  headImportance: () =>
    all.headImportance({ mha }, [x, x], (batch) => mha.forward(batch).sum(), { normalize: true }),
  headStatistics: () => {
    const captured = all.captureAttention(() => mha.forward(x));
    return [captured, all.headStatistics(captured.maps.attention)];
  },
  joinCalls: () => {
    const captured = all.captureAttention(() => [mha.forward(x), mha.forward(x)]);
    return [captured, all.joinCalls(captured.maps)];
  },
  logitLens: () => all.logitLens(() => mha.forward(x), { model: { mha }, blocks: ["mha"] }),
  patchActivations: () => {
    const captured = all.captureActivations(() => mha.forward(x), { model: mha });
    const { outputs } = captured;
    const patches = { "attention:heads": { from: outputs["attention:heads"], positions: [0], heads: [1] } };
    return [captured, all.patchActivations(() => mha.forward(x), { model: mha, patches })];
  },
  inputTimesGradient: () => all.inputTimesGradient((e) => e.square().sum([1, 2]), x),
  integratedGradients: () => all.integratedGradients((e) => e.square().sum([1, 2]), x, { stepsPerCall: 3 }),
  relevance: () => all.relevance([{ map: { weights, gradient: weights }, of: "x" }]),
  patchingEffects: () =>
    all.patchingEffects(
      () => mha.forward(x),
      () => mha.forward(x.mul(2)),
      (y) => y.sum(),
      { model: mha, by: "head" },
    ),
  rollout: () => all.rollout([weights, weights]),
  saliency: () => all.saliency((e) => e.square().sum([1, 2]), x),
  withAttentionHook: () =>
    all.withAttentionHook(
      ({ out }) => out.mul(2),
      () => mha.forward(x),
    ),
};

test.each(Object.entries(calls))("%s leaves its result and nothing else", async (_, call) => {
  expect(await leftBehind(call)).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
});

test("what is refused leaves nothing", async () => {
  const refused = (): void => {
    expect(() => all.captureAttention(() => mha.forward(x), { modules: ["a"] })).toThrow();
    expect(() => all.captureAttention(() => mha.forward(x), { heads: [5] })).toThrow();
    expect(() => all.captureGradients(() => mha.forward(x))).toThrow();
    expect(() => all.captureGradients(() => mha.forward(mha.forward(x)).sum(), { modules: ["a"] })).toThrow();
    expect(() => all.ablateHeads({ a: mha }, { a: [9] }, () => mha.forward(x))).toThrow();
    expect(() => all.fromEmbeddings(mha, () => mha.forward(x), { call: 1 })).toThrow();
    expect(() => all.integratedGradients((e) => e.sum(), x)).toThrow();
    expect(() => all.headImportance({ mha }, [x, x], (batch) => mha.forward(batch))).toThrow();
    expect(() => all.captureAttention(() => [mha.forward(x), mha.forward(mha.forward(x).sum())])).toThrow();
  };
  expect(await leftBehind(refused)).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
});

test("what is asynchronous leaves its result and nothing else", async () => {
  const loss = (): Tensor => mha.forward(x).sum();
  const before = memory();
  (await all.attentionFlow([weights, weights])).dispose();
  await all.headAblation({ a: mha }, loss);
  await all.pruningOrder({ a: mha }, loss, { count: 1 });
  await expect(all.attentionFlow([weights], { queries: [9] })).rejects.toThrow();
  await expect(all.headAblation({ a: mha }, () => mha.forward(x))).rejects.toThrow();
  const after = memory();
  expect([after.tensors, after.buffers, after.bytes]).toEqual([before.tensors, before.buffers, before.bytes]);
});
