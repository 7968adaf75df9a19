import type { AttentionAttrs } from "@saccade/core/backend";
import { additions, sequences } from "./attention-additions.ts";
import { cuts } from "./attention-cuts.ts";
import { type CaseMods, modCalls } from "./attention-mods.ts";
import { rangesOf, type Sequence } from "./attention-ranges.ts";
import type { InputSpec, LayoutSpec, Values } from "./case.ts";
import { broadcast } from "./layouts.ts";
import { blocksOf } from "./mod-blocks.ts";
import { f32, i32, list, standardNormal, u8 } from "./specs.ts";

/** One way to attend: forward and backward are tried on all of them. */
export interface AttentionCall {
  readonly name: string;
  readonly B?: number;
  readonly H?: number;
  /** Key and value heads. Default H. */
  readonly K?: number;
  readonly T: number;
  readonly S?: number;
  readonly E?: number;
  /** Width of the values. Default E. */
  readonly Ev?: number;
  readonly attrs?: Partial<AttentionAttrs>;
  /** Dimensions of `[B, H, T, S]` along which the mask, or the bias, is one and the same; absent: there is none. */
  readonly maskBroadcast?: readonly number[];
  readonly biasBroadcast?: readonly number[];
  readonly maskValues?: Values;
  readonly biasValues?: Values;
  /** Slopes of ALiBi, and sinks, of one head after the other, over and over; absent: there are none. */
  readonly slopes?: readonly number[];
  readonly sinks?: readonly number[];
  /** Sequences of each batch item; they replace causality and window of `attrs`, which are theirs then. */
  readonly sequences?: readonly (readonly Sequence[])[];
  /** Of q, k and v: `[B, H, T, E]`. */
  readonly layout?: LayoutSpec;
  /** Functions of scores. */
  readonly mods?: CaseMods;
  readonly values?: Values;
  /** Of q alone. */
  readonly queries?: Values;
  /** Gradients are not compared: what 0 NaN is there, is up to the order of the operations. */
  readonly forwardOnly?: true;
}

const off: Omit<AttentionAttrs, "scale"> = {
  causal: false,
  windowLeft: -1,
  windowRight: -1,
  softcap: 0,
  dropout: 0,
  key: [0, 0],
};

export function attrsOf({ E = 16, attrs, sequences, mods }: AttentionCall): AttentionAttrs {
  const inRanges = sequences ? { causal: false, windowLeft: -1, windowRight: -1 } : {};
  const modAttrs = mods ? { mods: { score: mods.score, mask: mods.mask } } : {};
  return { scale: 1 / Math.sqrt(E), ...off, ...attrs, ...inRanges, ...modAttrs };
}

type ScoreSpecs = readonly [
  q: InputSpec,
  k: InputSpec,
  v: InputSpec,
  mask: InputSpec | null,
  bias: InputSpec | null,
  slopes: InputSpec | null,
  ranges: InputSpec | null,
];

/** Those of the scores: both kernels begin with them. */
export function attentionInputs(call: AttentionCall): ScoreSpecs {
  const {
    B = 2,
    H = 2,
    K = H,
    T,
    S = T,
    E = 16,
    Ev = E,
    layout,
    values = standardNormal,
    queries = values,
  } = call;
  const { maskBroadcast, biasBroadcast, maskValues = mostlyVisible, biasValues = standardNormal } = call;
  const { slopes, sequences, attrs = {} } = call;
  const scores = [B, H, T, S];
  return [
    f32([B, H, T, E], queries, layout),
    f32([B, K, S, E], values, layout),
    f32([B, K, S, Ev], standardNormal, layout),
    maskBroadcast ? u8(scores, maskValues, broadcast(4, maskBroadcast)) : null,
    biasBroadcast ? f32(scores, biasValues, broadcast(4, biasBroadcast)) : null,
    slopes ? f32([H], list(...slopes)) : null,
    sequences ? i32([B, T, 3], list(...rangesOf(sequences, T, { ...off, ...attrs }))) : null,
  ];
}

/** What forward has behind those of the scores. */
export function sinksOf({ H = 2, sinks }: AttentionCall): InputSpec | null {
  return sinks ? f32([H], list(...sinks)) : null;
}

/** What both kernels have last: blocks and captured tensors, or nothing. */
export function modInputs(call: AttentionCall): [] | [blocks: InputSpec | null, ...captured: InputSpec[]] {
  return call.mods ? [blocksOf(call), ...(call.mods.captured ?? [])] : [];
}

const mostlyVisible = list(1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1);
/** Heads between tokens and width, as a projection leaves them: `[B, T, H, E]` in memory. */
const headsInside: LayoutSpec = { order: [0, 2, 1, 3] };

const sizes: readonly AttentionCall[] = [
  { name: "one query, one key", T: 1 },
  { name: "two", T: 2, E: 4 },
  { name: "odd", T: 5, S: 7, E: 3 },
  { name: "width 1", T: 9, E: 1 },
  { name: "width 7", T: 17, E: 7 },
  { name: "width 8", T: 16, E: 8 },
  { name: "width 32", T: 33, E: 32 },
  { name: "width 64", T: 31, E: 64 },
  { name: "width 65", T: 15, E: 65 },
  { name: "width 80", T: 20, E: 80 },
  { name: "width 128", T: 9, E: 128 },
  { name: "width 256", T: 6, E: 256, H: 1 },
  { name: "63 tokens", T: 63 },
  { name: "64 tokens", T: 64 },
  { name: "65 tokens", T: 65 },
  { name: "decoding", T: 1, S: 67 },
  { name: "decoding over many keys", T: 1, S: 301, E: 64, H: 3, B: 1 },
  { name: "more queries than keys", T: 67, S: 9 },
  { name: "narrow values", T: 21, E: 16, Ev: 5 },
  { name: "wide values", T: 21, E: 8, Ev: 40 },
  { name: "no queries", T: 0, S: 5 },
  { name: "no keys", T: 5, S: 0 },
  { name: "no batches", B: 0, T: 5 },
  { name: "large", B: 1, H: 2, T: 130, S: 165, E: 32 },
];

const heads: readonly AttentionCall[] = [
  { name: "two query heads per key head", H: 4, K: 2, T: 17 },
  { name: "one key head for all", H: 6, K: 1, T: 17, S: 19 },
  { name: "one key head for all, decoding", H: 8, K: 1, T: 1, S: 65, B: 3 },
  { name: "grouped, causal", H: 6, K: 3, T: 33, attrs: { causal: true } },
  { name: "grouped, heads inside", H: 4, K: 2, T: 17, layout: headsInside },
];

const positions: readonly AttentionCall[] = [
  { name: "causal", T: 33, attrs: { causal: true } },
  { name: "causal", T: 65, attrs: { causal: true } },
  { name: "causal, cached keys before", T: 7, S: 40, attrs: { causal: true } },
  { name: "causal, cached keys before, tile border", T: 16, S: 80, attrs: { causal: true } },
  { name: "causal, decoding", T: 1, S: 33, attrs: { causal: true } },
  {
    name: "causal, fewer keys than queries: the first rows see nothing",
    T: 20,
    S: 6,
    attrs: { causal: true },
  },
  { name: "causal, large", B: 1, H: 2, T: 130, E: 32, attrs: { causal: true } },
  { name: "window to the left", T: 33, attrs: { windowLeft: 4 } },
  { name: "window to the right", T: 33, attrs: { windowRight: 3 } },
  { name: "window to both sides", T: 40, S: 50, attrs: { windowLeft: 5, windowRight: 2 } },
  { name: "window of the query alone", T: 19, attrs: { windowLeft: 0, windowRight: 0 } },
  { name: "causal window", T: 67, attrs: { causal: true, windowLeft: 15 } },
  { name: "causal window, cached", T: 5, S: 90, attrs: { causal: true, windowLeft: 33 } },
  { name: "causal window, decoding", T: 1, S: 90, attrs: { causal: true, windowLeft: 33 } },
  { name: "causal wins over a window to the right", T: 21, attrs: { causal: true, windowRight: 5 } },
  { name: "causal window, large", B: 1, T: 130, E: 32, attrs: { causal: true, windowLeft: 40 } },
  { name: "window beyond the keys", T: 30, S: 4, attrs: { windowLeft: 3, windowRight: 3 } },
];

const masks: readonly AttentionCall[] = [
  { name: "mask", T: 17, S: 19, maskBroadcast: [] },
  { name: "padding mask", T: 17, S: 19, maskBroadcast: [1, 2] },
  { name: "padding of the queries", T: 17, S: 19, maskBroadcast: [1, 3] },
  { name: "one mask for all", T: 17, S: 19, maskBroadcast: [0, 1] },
  { name: "one mask for all heads, causal", T: 33, maskBroadcast: [1], attrs: { causal: true } },
  { name: "nothing visible", T: 9, S: 11, maskBroadcast: [0, 1, 2, 3], maskValues: list(0) },
  { name: "rows that see nothing", T: 4, S: 33, maskBroadcast: [0, 1, 3], maskValues: list(1, 0, 1, 0) },
  {
    name: "the first key tile masked",
    T: 9,
    S: 80,
    maskBroadcast: [0, 1, 2],
    maskValues: list(...Array.from({ length: 80 }, (_, j) => (j < 70 ? 0 : 1))),
  },
  { name: "bias", T: 17, S: 19, biasBroadcast: [] },
  { name: "bias by head", T: 17, S: 19, biasBroadcast: [0] },
  { name: "one bias for all", T: 17, S: 19, biasBroadcast: [0, 1] },
  { name: "bias by key", T: 17, S: 19, biasBroadcast: [0, 1, 2] },
  {
    name: "bias of -infinity masks",
    T: 9,
    S: 8,
    biasBroadcast: [0, 1],
    biasValues: list(0, 1, -Infinity, 0.5, -Infinity),
  },
  {
    name: "mask and bias, causal",
    T: 33,
    maskBroadcast: [1, 2],
    biasBroadcast: [0],
    attrs: { causal: true },
  },
  {
    name: "mask and bias, causal window, large",
    B: 1,
    T: 130,
    S: 150,
    maskBroadcast: [1, 2],
    biasBroadcast: [0, 1],
    attrs: { causal: true, windowLeft: 70 },
  },
];

/** Ordinary numbers, and among the first thousand a NaN. */
const oneNaN = list(...Array.from({ length: 4099 }, (_, i) => (i === 100 ? Number.NaN : Math.sin(i * i))));

const scores: readonly AttentionCall[] = [
  { name: "another scale", T: 17, attrs: { scale: 0.7 } },
  { name: "negative scale", T: 17, attrs: { scale: -0.25 } },
  { name: "large scores", T: 17, attrs: { scale: 30 } },
  { name: "NaN in one query", T: 17, queries: oneNaN, forwardOnly: true },
  {
    name: "NaN in one query, causal, many keys",
    B: 1,
    T: 70,
    queries: oneNaN,
    forwardOnly: true,
    attrs: { causal: true },
  },
  { name: "softcap", T: 33, attrs: { softcap: 2, scale: 1 } },
  { name: "softcap, bias, causal", T: 33, attrs: { softcap: 5, causal: true }, biasBroadcast: [0, 1] },
  { name: "dropout", T: 33, attrs: { dropout: 0.2, key: [3, 4] } },
  {
    name: "dropout, odd sizes, causal",
    B: 3,
    H: 3,
    T: 13,
    S: 21,
    attrs: { dropout: 0.5, key: [-1, 77], causal: true },
  },
  {
    name: "dropout, grouped, mask",
    H: 4,
    K: 2,
    T: 17,
    S: 18,
    attrs: { dropout: 0.1, key: [5, 6] },
    maskBroadcast: [1, 2],
  },
  {
    name: "dropout, window, large",
    B: 1,
    T: 130,
    E: 32,
    attrs: { dropout: 0.1, key: [5, 6], windowLeft: 50, windowRight: 20 },
  },
  {
    name: "everything at once",
    B: 2,
    H: 6,
    K: 2,
    T: 37,
    S: 45,
    E: 12,
    Ev: 20,
    maskBroadcast: [1],
    biasBroadcast: [0],
    attrs: { causal: true, windowLeft: 30, softcap: 3, dropout: 0.15, key: [8, 9], scale: 0.5 },
  },
];

const layouts: readonly AttentionCall[] = [
  { name: "heads inside", H: 3, T: 21, E: 8, layout: headsInside },
  {
    name: "heads inside, causal, large",
    B: 1,
    H: 4,
    T: 130,
    E: 32,
    layout: headsInside,
    attrs: { causal: true },
  },
  { name: "width before tokens", T: 17, layout: { order: [0, 1, 3, 2] } },
  { name: "sliced", T: 17, layout: { steps: [1, 1, 2, 2], offset: 3 } },
  { name: "batches broadcast", B: 3, T: 17, layout: { steps: [0, 1, 1, 1] } },
  { name: "tokens backwards", T: 17, layout: { steps: [1, 1, -1, 1] } },
  {
    name: "a part of each row, as q, k and v of one projection",
    T: 17,
    layout: { order: [0, 2, 1, 3], steps: [1, 3, 1, 1], offset: 8 },
  },
];

export const attentionCalls: readonly AttentionCall[] = [
  ...sizes,
  ...heads,
  ...positions,
  ...masks,
  ...scores,
  ...layouts,
  ...additions,
  ...sequences,
  ...cuts,
  ...modCalls,
];
