import { Key, ones, zeros } from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import type { BlockLayout } from "../index.ts";
import * as all from "../index.ts";

const key = new Key(0);
const options = { key };
const sizes = { embedDim: 8, numHeads: 2 };
const layout: BlockLayout = { blockSize: 2, blocks: [[0], [], [0, 2]] };
const heads = () => ({ q: ones([2, 2, 5, 4]), k: ones([2, 2, 5, 4]), v: ones([2, 2, 5, 6]) });
type Given = ReturnType<typeof heads>;

/** What a function of heads gives, and its inputs, which the caller frees. */
const withHeads = (call: (given: Given) => unknown): unknown => {
  const given = heads();
  return [given, call(given)];
};

/** What a layer gives of a sequence, and the sequence. */
function withLayer<M extends Module>(layer: M, call: (layer: M, x: Given["q"]) => unknown): unknown {
  using owned = layer;
  const x = ones([2, 5, 8]);
  return [x, call(owned, x)];
}

/** The calls of `lifetimes.test.ts` for `moderns/`. */
export const modernCalls = {
  CosineAttention: () =>
    withLayer(new all.CosineAttention(sizes, options), (it, x) => it.forward(x, { causal: true })),
  DeltaRuleAttention: () =>
    withLayer(new all.DeltaRuleAttention(sizes, options), (it, x) => [
      it.forward(x),
      it.forward(x, { chunk: 2 }),
    ]),
  DifferentialAttention: () =>
    withLayer(new all.DifferentialAttention({ ...sizes, depth: 1 }, options), (it, x) => [
      it.forward(x),
      it.lambda(),
    ]),
  GatedAttention: () => withLayer(new all.GatedAttention(sizes, options), (it, x) => it.forward(x)),
  MechanismLayer: () =>
    withLayer(
      new all.MechanismLayer({ ...sizes, attend: (q, k, v) => all.sigmoidAttention(q, k, v) }, options),
      (it, x) => it.forward(x),
    ),
  MultiHeadLatentAttention: () => {
    const config = { ...sizes, latentDim: 6, headDim: 4, rotaryDim: 2, queryLatentDim: 5 };
    return withLayer(new all.MultiHeadLatentAttention(config, options), (it, x) => {
      using cache = it.createCache({ batch: 2, maxLength: 5 });
      return [
        it.forward(x),
        it.forward(x, { causal: true, absorbed: true }),
        it.forward(x, { causal: true, cache }),
      ];
    });
  },
  TalkingHeadsAttention: () =>
    withLayer(new all.TalkingHeadsAttention(sizes, options), (it, x) => it.forward(x, { causal: true })),
  bigBirdLayout: () => all.bigBirdLayout({ length: 8, blockSize: 2, key }),
  blockSparseAttention: () =>
    withHeads(({ q, k, v }) => [
      all.blockSparseAttention(q, k, v, layout),
      all.blockSparseAttention(q, k, v, layout, { causal: true }),
    ]),
  cosineAttention: () =>
    withHeads(({ q, k, v }) => {
      const temperature = ones([2]);
      return [temperature, all.cosineAttention(q, k, v, temperature), all.cosineAttention(q, k, v, 5)];
    }),
  deltaRule: () =>
    withHeads(({ q, k, v }) => {
      const [beta, state] = [ones([2, 2, 5]), zeros([2, 2, 4, 6])];
      return [beta, state, all.deltaRule(q, k, v, beta), all.deltaRule(q, k, v, beta, { state, chunk: 2 })];
    }),
  differentialAttention: () => withHeads(({ q, k, v }) => all.differentialAttention(q, k, v, 0.5)),
  gatedAttention: () =>
    withHeads(({ q, k, v }) => {
      const gate = ones([2, 2, 5, 1]);
      return [gate, all.gatedAttention(q, k, v, gate)];
    }),
  layoutMask: () => all.layoutMask(layout, 5),
  linearAttention: () =>
    withHeads(({ q, k, v }) => {
      const mask = ones([2, 5], { dtype: "u8" });
      return [
        mask,
        all.linearAttention(q, k, v, { mask }),
        all.linearAttention(q, k, v, { causal: true, chunk: 2 }),
      ];
    }),
  linearAttentionWithState: () =>
    withHeads(({ q, k, v }) => {
      const first = all.linearAttentionWithState(q, k, v, { causal: true });
      return [first, all.linearAttentionWithState(q, k, v, { causal: true, state: first.state })];
    }),
  longformerLayout: () => all.longformerLayout({ length: 8, blockSize: 2 }),
  orthogonalFeatures: () => all.orthogonalFeatures(key, 6, 4),
  performerAttention: () =>
    withHeads(({ q, k, v }) => {
      const directions = all.orthogonalFeatures(key, 6, 4);
      return [directions, all.performerAttention(q, k, v, directions, { causal: true })];
    }),
  performerFeatures: () =>
    withHeads(({ q }) => {
      const directions = all.orthogonalFeatures(key, 6, 4);
      return [directions, all.performerFeatures(q, directions, true)];
    }),
  sigmoidAttention: () => withHeads(({ q, k, v }) => all.sigmoidAttention(q, k, v, { causal: true })),
  talkingHeads: () =>
    withHeads(({ q, k, v }) => {
      const mixers = { scores: ones([2, 2]), weights: ones([2, 2]) };
      return [mixers, all.talkingHeads(q, k, v, mixers, { causal: true })];
    }),
  topKAttention: () => withHeads(({ q, k, v }) => all.topKAttention(q, k, v, { k: 2, causal: true })),
};
