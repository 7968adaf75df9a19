import type { AttentionCall } from "./attention-calls.ts";
import { list } from "./specs.ts";

/** Ordinary numbers, and a NaN in the second head. */
const oneNaN = list(...Array.from({ length: 4099 }, (_, i) => (i === 100 ? Number.NaN : Math.sin(i * i))));

/** Queries by the few, whose keys are read in parts; and tiles that a GPU cuts in other ways. */
export const cuts: readonly AttentionCall[] = [
  { name: "a few queries, grouped", H: 8, K: 2, T: 3, S: 300, E: 32, attrs: { causal: true } },
  { name: "a few wide queries", B: 1, T: 2, S: 270, E: 136, Ev: 130 },
  {
    name: "decoding, window, dropout, sinks",
    T: 1,
    S: 700,
    attrs: { causal: true, windowLeft: 600, dropout: 0.2, key: [1, 2] },
    sinks: [0.5, -1],
  },
  {
    name: "a part of the queries, dropout",
    T: 10,
    S: 37,
    attrs: { dropout: 0.4, key: [7, 8], queries: { first: 21, of: 50 } },
  },
  {
    name: "decoding a part, dropout",
    T: 1,
    S: 90,
    attrs: { dropout: 0.4, key: [7, 8], queries: { first: 5, of: 9 } },
  },
  { name: "decoding, mask and bias of many keys", T: 1, S: 560, maskBroadcast: [1], biasBroadcast: [0] },
  { name: "decoding, NaN in one query", T: 1, S: 140, E: 64, queries: oneNaN, forwardOnly: true },
  { name: "many tiles, causal, wide", B: 1, H: 1, T: 150, S: 190, E: 96, attrs: { causal: true } },
];
