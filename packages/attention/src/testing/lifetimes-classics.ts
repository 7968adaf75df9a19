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
  localWeights: () => {
    const x = { scores: ones([2, 3, 5]), centres: zeros([3]), mask: ones([5], { dtype: "u8" }) };
    return [x, all.localWeights(x.scores, x.centres, { halfWidth: 1, gaussian: true, mask: x.mask })];
  },
  monotonicWeights: () => {
    const x = { stop: ones([2, 3, 5]), previous: ones([2, 5]) };
    return [x, all.monotonicWeights(x.stop), all.monotonicWeights(x.stop, x.previous)];
  },
};
