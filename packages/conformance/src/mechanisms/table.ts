import * as all from "@saccade/attention";
import { Key, ones, randn, reshape, type Tensor, unsqueeze } from "@saccade/core";
import type { Module } from "@saccade/core/nn";

/** Of a layer. */
export interface Sizes {
  readonly width: number;
  readonly heads: number;
}

type Made = { readonly key: Key };

/** What is attended to. Masks are u8, 1 = may attend. */
export interface Given {
  /** `[B, T, D]` */
  readonly x: Tensor;
  /** `[B, S, D]`; x itself for mechanisms of one sequence. */
  readonly memory: Tensor;
  /** `[B, S]`: which of the memory there is; null for all. */
  readonly seen: Tensor | null;
}

/** One way to attend. */
export interface Mechanism {
  /** Two sequences; one, each element of which sees the others; or one that becomes a vector. */
  readonly kind: "cross" | "self" | "pooling";
  /** Whether `seen` is taken. */
  readonly masked: boolean;
  /** Whether a query's result depends on no other query. Default for "cross": true. */
  readonly apart?: boolean;
  /** Whether it takes one query at a time. Default false. */
  readonly single?: boolean;
  /** Whether its scores depend on queries alone. Default false. */
  readonly blind?: boolean;
  /** Whether its results are logarithms, which are -inf for what is masked. Default false. */
  readonly logarithms?: boolean;
  make(sizes: Sizes, made: Made): Module;
  /** `[B, T, *]`, for pooling `[B, *]`. */
  run(module: Module, given: Given): Tensor;
}

/** A row of the table whose module keeps its type. */
function mechanism<M extends Module>(
  row: Omit<Mechanism, "make" | "run"> & {
    make(sizes: Sizes, made: Made): M;
    run(module: M, given: Given): Tensor;
  },
): Mechanism {
  return { ...row, run: (module, given) => row.run(module as M, given) };
}

/** Of constants that mechanisms need. */
const fixedKey = new Key(99);
const overQueries = (seen: Tensor | null): Tensor | null => seen && unsqueeze(seen, 1);
const overHeads = (seen: Tensor | null): Tensor | null => seen && reshape(seen, [seen.shape[0], 1, 1, -1]);
const scored = (make: (sizes: Sizes, made: Made) => all.ScoredAttention): Mechanism =>
  mechanism({
    kind: "cross",
    masked: true,
    make,
    run: (it, { x, memory, seen }) => it.forward(x, memory, { mask: overQueries(seen) }).context,
  });
const pair = ({ width }: Sizes) => ({ queryDim: width, keyDim: width });
const several = ({ width, heads }: Sizes) => ({ embedDim: width, numHeads: heads });
/** A function of heads as a layer. */
const function_ = (
  kind: "cross" | "self",
  attend: (q: Tensor, k: Tensor, v: Tensor, mask: Tensor | null) => Tensor,
  masked = true,
): Mechanism => {
  let mask: Tensor | null = null;
  return mechanism({
    kind,
    masked,
    make: (sizes, made) =>
      new all.MechanismLayer({ ...several(sizes), attend: (q, k, v) => attend(q, k, v, mask) }, made),
    run: (it, { x, memory, seen }) => {
      mask = overHeads(seen);
      try {
        return it.forward(x, memory);
      } finally {
        mask = null;
      }
    },
  });
};
const selfLayer = (
  make: (sizes: Sizes, made: Made) => Module & { forward(x: Tensor, spec: object): Tensor },
  spec: object = {},
): Mechanism =>
  mechanism({
    kind: "self",
    masked: true,
    make,
    run: (it, { x, seen }) => it.forward(x, { ...spec, mask: overHeads(seen) }),
  });

/** Every layer and function of `@saccade/attention` that attends. */
export const mechanisms: Readonly<Record<string, Mechanism>> = {
  AdditiveAttention: scored((sizes, made) => new all.AdditiveAttention({ ...pair(sizes), bias: true }, made)),
  ConcatAttention: scored((sizes, made) => new all.ConcatAttention(pair(sizes), made)),
  DotAttention: scored(() => new all.DotAttention()),
  GeneralAttention: scored((sizes, made) => new all.GeneralAttention(pair(sizes), made)),
  LocationAttention: {
    ...scored(({ width }, made) => new all.LocationAttention({ queryDim: width, maxLength: 16 }, made)),
    blind: true,
  },
  LocalMonotonicAttention: scored(
    (sizes, made) =>
      new all.LocalMonotonicAttention({
        alignment: new all.GeneralAttention(pair(sizes), made),
        halfWidth: 2,
      }),
  ),
  LocalPredictiveAttention: scored(
    (sizes, made) =>
      new all.LocalPredictiveAttention(
        { alignment: new all.GeneralAttention(pair(sizes), made), halfWidth: 2, queryDim: sizes.width },
        made,
      ),
  ),
  CoverageAttention: mechanism({
    kind: "cross",
    masked: true,
    single: true,
    make: (sizes, made) => new all.CoverageAttention(pair(sizes), made),
    run: (it, { x, memory, seen }) => it.forward(x, memory, null, { mask: overQueries(seen) }).context,
  }),
  LocationSensitiveAttention: mechanism({
    kind: "cross",
    masked: true,
    single: true,
    make: (sizes, made) =>
      new all.LocationSensitiveAttention({ ...pair(sizes), filters: 2, kernelSize: 3 }, made),
    run: (it, { x, memory, seen }) => it.forward(x, memory, null, { mask: overQueries(seen) }).context,
  }),
  MonotonicAttention: mechanism({
    kind: "cross",
    masked: true,
    apart: false, // a query goes on where the last one stopped
    make: (sizes, made) =>
      new all.MonotonicAttention({
        alignment: new all.GeneralAttention(pair(sizes), made),
        chunkAlignment: new all.AdditiveAttention(pair(sizes), made),
        chunkWidth: 2,
      }),
    run: (it, { x, memory, seen }) => it.forward(x, memory, { mask: overQueries(seen) }).context,
  }),
  PointerAttention: mechanism({
    kind: "cross",
    masked: true,
    logarithms: true,
    make: (sizes, made) => new all.PointerAttention(pair(sizes), made),
    run: (it, { x, memory, seen }) => it.forward(x, memory, { mask: overQueries(seen) }),
  }),
  ReluAttention: mechanism({
    kind: "cross",
    masked: true,
    make: (sizes, made) => new all.ReluAttention(pair(sizes), made),
    run: (it, { x, memory, seen }) => it.forward(x, memory, { mask: overQueries(seen) }).context,
  }),
  CoAttention: mechanism({
    kind: "pooling",
    masked: true,
    make: ({ width }, made) => new all.CoAttention({ embedDim: width }, made),
    run: (it, { x, memory, seen }) => {
      const masks = seen ? { secondMask: seen } : {};
      return it.forward(x, memory, masks).second.pooled;
    },
  }),
  ContextPooling: mechanism({
    kind: "pooling",
    masked: true,
    make: ({ width }, made) => new all.ContextPooling({ embedDim: width }, made),
    run: (it, { memory, seen }) => it.forward(memory, { mask: seen }).pooled,
  }),
  HierarchicalAttention: mechanism({
    kind: "pooling",
    masked: true,
    make: ({ width }, made) => new all.HierarchicalAttention({ wordDim: width }, made),
    run: (it, { memory, seen }) =>
      it.forward(unsqueeze(memory, 1), { mask: seen && unsqueeze(seen, 1) }).pooled,
  }),
  SelfAttentivePooling: mechanism({
    kind: "pooling",
    masked: true,
    make: ({ width }, made) => new all.SelfAttentivePooling({ embedDim: width, hops: 2 }, made),
    run: (it, { memory, seen }) => it.forward(memory, { mask: seen }).context,
  }),
  MultiHeadAttention: mechanism({
    kind: "cross",
    masked: true,
    make: (sizes, made) => new all.MultiHeadAttention({ ...several(sizes), qkNorm: true, sinks: true }, made),
    run: (it, { x, memory, seen }) => it.cross(x, memory, memory, { mask: overHeads(seen), softcap: 5 }),
  }),
  "MultiHeadAttention, rotary": selfLayer(
    (sizes, made) => {
      const width = sizes.width / sizes.heads;
      const rotary = width % 2 === 0; // others have no pairs to turn
      const config = { ...several(sizes), rotary, relativePositions: { numBuckets: 8 }, alibi: true };
      return new all.MultiHeadAttention(config, made);
    },
    { window: 3 },
  ),
  CosineAttention: selfLayer((sizes, made) => new all.CosineAttention(several(sizes), made)),
  GatedAttention: selfLayer((sizes, made) => new all.GatedAttention(several(sizes), made)),
  TalkingHeadsAttention: selfLayer((sizes, made) => new all.TalkingHeadsAttention(several(sizes), made)),
  DifferentialAttention: selfLayer(({ width, heads }, made) => {
    const even = (width / heads) % 2 === 0;
    return new all.DifferentialAttention(
      { embedDim: width, numHeads: even ? heads : heads / 2, depth: 2 },
      made,
    );
  }),
  MultiHeadLatentAttention: selfLayer(
    ({ width, heads }, made) =>
      new all.MultiHeadLatentAttention(
        { embedDim: width, numHeads: heads, latentDim: 6, headDim: Math.max(1, width / heads), rotaryDim: 2 },
        made,
      ),
  ),
  DeltaRuleAttention: mechanism({
    kind: "self",
    masked: false,
    make: (sizes, made) => new all.DeltaRuleAttention(several(sizes), made),
    run: (it, { x }) => it.forward(x, { chunk: 2 }),
  }),
  attention: function_("cross", (q, k, v, mask) => all.attention(q, k, v, { mask, softcap: 3 })),
  sigmoidAttention: function_("cross", (q, k, v, mask) => all.sigmoidAttention(q, k, v, { mask })),
  topKAttention: function_("cross", (q, k, v, mask) => all.topKAttention(q, k, v, { k: 1, mask })),
  linearAttention: function_("cross", (q, k, v, mask) =>
    all.linearAttention(q, k, v, { mask: mask && reshape(mask, [mask.shape[0], -1]) }),
  ),
  performerAttention: function_(
    "cross",
    (q, k, v) => {
      const { dtype, backend } = q;
      const [, , , width] = q.shape;
      const rows = randn(fixedKey, [4, width], { dtype, backend });
      return all.performerAttention(q, k, v, rows);
    },
    false,
  ),
  shawAttention: function_("cross", (q, k, v, mask) => {
    const { dtype, backend } = q;
    const width = q.shape[3];
    const table = randn(fixedKey, [5, width], { dtype, backend });
    return all.shawAttention(q, k, v, { keys: table, values: table }, { mask });
  }),
  transformerXlAttention: function_("cross", (q, k, v, mask) => {
    const [, heads, T, width] = q.shape;
    const where = { dtype: q.dtype, backend: q.backend };
    const distances = randn(fixedKey, [Math.max(0, k.shape[2] + T - 1), width], where);
    const bias = ones([heads, width], where);
    return all.transformerXlAttention(
      q,
      k,
      v,
      { distances, contentBias: bias, positionBias: bias },
      { mask },
    );
  }),
};
