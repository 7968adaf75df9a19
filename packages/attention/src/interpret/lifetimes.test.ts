import { Key, randn, softmax } from "@saccade/core";
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
  attendingAs: () => all.attendingAs(mha, () => mha.forward(x)),
  captureActivations: () => all.captureActivations(() => mha.forward(x), { model: { mha }, inputs: true }),
  captureAttention: () => all.captureAttention(() => mha.forward(x), { heads: [1], queries: [0, -1] }),
  headStatistics: () => {
    const captured = all.captureAttention(() => mha.forward(x));
    return [captured, all.headStatistics(captured.maps.attention)];
  },
  patchActivations: () => {
    const captured = all.captureActivations(() => mha.forward(x), { model: mha });
    const { outputs } = captured;
    const patches = { "attention:heads": { from: outputs["attention:heads"], positions: [0], heads: [1] } };
    return [captured, all.patchActivations(() => mha.forward(x), { model: mha, patches })];
  },
  rollout: () => all.rollout([weights, weights]),
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
    expect(() => all.captureAttention(() => [mha.forward(x), mha.forward(mha.forward(x).sum())])).toThrow();
  };
  expect(await leftBehind(refused)).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
});
