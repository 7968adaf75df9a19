import { Key, ones, zeros } from "@saccade/core";
import type { Module } from "@saccade/core/nn";
import type { ScoredAttention } from "../index.ts";
import * as all from "../index.ts";

const key = new Key(0);
const options = { key };
const widths = { queryDim: 4, keyDim: 6 };
const pair = () => ({
  query: ones([2, 1, 4]),
  keys: ones([2, 5, 6]),
  mask: ones([2, 1, 5], { dtype: "u8" }),
});

const sequence = () => ({ words: ones([2, 5, 6]), padding: ones([2, 5], { dtype: "u8" }) });

/** What a layer gives, and its inputs, which the caller frees. */
function withLayer<M extends Module>(
  layer: M,
  call: (layer: M, given: ReturnType<typeof pair>) => unknown,
): unknown {
  using owned = layer;
  const given = pair();
  return [given, call(owned, given)];
}

const scored = (layer: ScoredAttention): unknown =>
  withLayer(layer, (it, { query, keys, mask }) => [
    it.forward(query, keys),
    it.forward(query, keys, { mask }),
    it.scores(query, keys),
  ]);

/** The calls of `lifetimes.test.ts` for `classics/`. */
export const classicCalls = {
  AdditiveAttention: () => scored(new all.AdditiveAttention(widths, options)),
  CoAttention: () => {
    using layer = new all.CoAttention({ embedDim: 6 }, options);
    const x = sequence();
    return [x, layer.forward(x.words, x.words, { firstMask: x.padding }), layer.forward(x.words, x.words)];
  },
  ContextPooling: () => {
    using layer = new all.ContextPooling({ embedDim: 6 }, options);
    const x = sequence();
    return [x, layer.forward(x.words), layer.forward(x.words, { mask: x.padding })];
  },
  ConcatAttention: () => scored(new all.ConcatAttention(widths, options)),
  CoverageAttention: () =>
    withLayer(new all.CoverageAttention(widths, options), (it, { query, keys, mask }) => {
      const first = it.forward(query, keys, null, { mask });
      return [first, it.forward(query, keys, first.coverage)];
    }),
  DotAttention: () => {
    const x = ones([2, 3, 4]);
    return [x, new all.DotAttention().forward(x, x)];
  },
  GeneralAttention: () => scored(new all.GeneralAttention(widths, options)),
  HierarchicalAttention: () => {
    using layer = new all.HierarchicalAttention({ wordDim: 6 }, options);
    const [x, mask] = [ones([2, 3, 5, 6]), ones([2, 3, 5], { dtype: "u8" })];
    return [x, mask, layer.forward(x), layer.forward(x, { mask, encodeSentences: (it) => it.tanh() })];
  },
  LocalMonotonicAttention: () =>
    scored(
      new all.LocalMonotonicAttention({ alignment: new all.GeneralAttention(widths, options), halfWidth: 1 }),
    ),
  LocalPredictiveAttention: () => {
    const alignment = new all.GeneralAttention(widths, options);
    return scored(new all.LocalPredictiveAttention({ alignment, halfWidth: 1, queryDim: 4 }, options));
  },
  LocationAttention: () => scored(new all.LocationAttention({ queryDim: 4, maxLength: 8 }, options)),
  LocationSensitiveAttention: () =>
    withLayer(
      new all.LocationSensitiveAttention({ ...widths, filters: 2, kernelSize: 3 }, options),
      (it, { query, keys, mask }) => {
        const first = it.forward(query, keys, null, { mask });
        return [first, it.forward(query, keys, first.weights)];
      },
    ),
  MonotonicAttention: () => {
    const [alignment, chunkAlignment] = [0, 1].map(() => new all.GeneralAttention(widths, options));
    return withLayer(
      new all.MonotonicAttention({ alignment, chunkAlignment, chunkWidth: 2 }),
      (it, { query, keys, mask }) => [
        it.forward(query, keys, { key, mask }),
        it.forward(query, keys, { hard: true }),
      ],
    );
  },
  PointerAttention: () =>
    withLayer(new all.PointerAttention(widths, options), (it, { query, keys, mask }) =>
      it.forward(query, keys, { mask }),
    ),
  ReluAttention: () => {
    using layer = new all.ReluAttention({ queryDim: 6, keyDim: 6 }, options);
    const { words, padding } = sequence();
    return [words, padding, layer.forward(words, words)];
  },
  SelfAttentivePooling: () => {
    using layer = new all.SelfAttentivePooling({ embedDim: 6, hops: 2 }, options);
    const x = sequence();
    return [x, layer.forward(x.words, { mask: x.padding })];
  },
  /** Abstract: what extends it is called above. */
  ScoredAttention: () => null,
  additiveScores: () => {
    const x = { query: ones([2, 3, 4]), keys: ones([2, 5, 4]), vector: ones([4]) };
    return [x, all.additiveScores(x.query, x.keys, x.vector, x.keys)];
  },
  chunkwiseWeights: () => {
    const x = ones([2, 3, 5]);
    return [x, all.chunkwiseWeights(x, x, 2)];
  },
  copyDistribution: () => {
    const x = { generate: ones([2, 3, 1]), vocabulary: ones([2, 3, 7]), weights: ones([2, 3, 5]) };
    const ids = zeros([2, 5], { dtype: "i32" });
    return [x, ids, all.copyDistribution({ ...x, ids, extra: 2 })];
  },
  coverageLoss: () => {
    const x = ones([2, 3, 5]);
    return [x, all.coverageLoss(x)];
  },
  hardAttention: () => {
    const [scores, values, mask] = [ones([2, 3, 5]), ones([2, 5, 4]), ones([5], { dtype: "u8" })];
    const estimator = "straightThrough";
    return [
      [scores, values, mask],
      all.hardAttention(scores, values),
      all.hardAttention(scores, values, { key, mask, estimator }),
    ];
  },
  localWeights: () => {
    const x = { scores: ones([2, 3, 5]), centres: zeros([3]), mask: ones([5], { dtype: "u8" }) };
    return [x, all.localWeights(x.scores, x.centres, { halfWidth: 1, gaussian: true, mask: x.mask })];
  },
  monotonicWeights: () => {
    const x = { stop: ones([2, 3, 5]), previous: ones([2, 5]) };
    return [x, all.monotonicWeights(x.stop), all.monotonicWeights(x.stop, x.previous)];
  },
  redundancyPenalty: () => {
    const x = ones([2, 3, 5]);
    return [x, all.redundancyPenalty(x)];
  },
  reinforceLoss: () => {
    const x = ones([2, 3]);
    return [x, all.reinforceLoss(x, x, 1)];
  },
  similaritySumPooling: () => {
    const x = sequence();
    return [x, all.similaritySumPooling(x.words, { mask: x.padding })];
  },
};
