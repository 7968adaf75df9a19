import type { AttentionCall } from "./attention-calls.ts";
import { packed, padded } from "./attention-ranges.ts";

const slopes = [0.5, 0.125, 0.03, 1];
const sinks = [0.5, -1, 2, -0.1, 0.25, 1];

/** ALiBi and sinks. */
export const additions: readonly AttentionCall[] = [
  { name: "alibi", T: 17, S: 19, slopes },
  { name: "alibi, causal", T: 65, attrs: { causal: true }, slopes },
  { name: "alibi, decoding", T: 1, S: 301, E: 64, attrs: { causal: true }, slopes: [0.05, 0.01] },
  { name: "alibi, more queries than keys", T: 40, S: 9, slopes },
  { name: "alibi upside down", T: 33, slopes: [-0.01, 0] },
  {
    name: "alibi, grouped, softcap, bias, window",
    H: 4,
    K: 2,
    T: 70,
    biasBroadcast: [0],
    attrs: { causal: true, windowLeft: 40, softcap: 3 },
    slopes,
  },
  { name: "alibi, large", B: 1, T: 130, S: 165, E: 32, attrs: { causal: true }, slopes },
  { name: "sinks", T: 17, S: 19, sinks },
  { name: "sinks, causal", T: 65, H: 4, K: 2, attrs: { causal: true }, sinks },
  { name: "sinks, decoding", T: 1, S: 301, E: 64, H: 3, sinks },
  { name: "sinks above all scores, and none", T: 33, sinks: [30, -Infinity] },
  { name: "sinks of rows that see nothing", T: 20, S: 6, attrs: { causal: true }, sinks },
  { name: "sinks of rows that see nothing, decoding", T: 2, S: 0, sinks: [3, -Infinity] },
  {
    name: "sinks, alibi, dropout, mask",
    H: 4,
    T: 37,
    S: 45,
    maskBroadcast: [1],
    attrs: { dropout: 0.3, key: [5, 6], softcap: 5 },
    slopes,
    sinks,
  },
];

const padding = padded([
  [17, 19],
  [5, 9],
]);

/** Sequences that are shorter than their batch, and packed ones. */
export const sequences: readonly AttentionCall[] = [
  { name: "padding", T: 17, S: 19, sequences: padding },
  { name: "padding, causal", T: 17, S: 19, attrs: { causal: true }, sequences: padding },
  { name: "padding, window", T: 17, S: 19, attrs: { windowLeft: 3, windowRight: 2 }, sequences: padding },
  { name: "padding, alibi, sinks", T: 17, S: 19, sequences: padding, slopes, sinks },
  { name: "an empty sequence, and one without keys", T: 9, sequences: padded([[0, 4], [4, 0]]) }, // biome-ignore format: two pairs
  {
    name: "decoding, caches of different lengths",
    B: 3,
    H: 4,
    K: 2,
    T: 1,
    S: 90,
    attrs: { causal: true },
    sequences: padded([
      [1, 90],
      [1, 3],
      [1, 64],
    ]),
  },
  {
    name: "padding, large",
    T: 130,
    E: 32,
    attrs: { causal: true, windowLeft: 70 },
    sequences: padded([
      [100, 110],
      [130, 130],
    ]),
  },
  { name: "packed", B: 1, T: 33, sequences: packed([5, 5], [0, 0], [20, 20], [8, 8]) },
  {
    name: "packed, causal",
    B: 1,
    T: 65,
    attrs: { causal: true },
    sequences: packed([30, 30], [1, 1], [34, 34]),
  },
  {
    name: "packed, causal, more and fewer keys",
    B: 1,
    T: 40,
    S: 60,
    attrs: { causal: true },
    sequences: packed([10, 30], [20, 5], [10, 25]),
  },
  {
    name: "packed, causal window, alibi, large",
    B: 1,
    H: 4,
    K: 2,
    T: 200,
    E: 32,
    attrs: { causal: true, windowLeft: 20 },
    sequences: packed([64, 64], [100, 100], [36, 36]),
    slopes,
  },
  {
    name: "packed, everything at once",
    B: 1,
    H: 6,
    K: 2,
    T: 70,
    S: 85,
    E: 12,
    Ev: 20,
    maskBroadcast: [1],
    biasBroadcast: [0],
    attrs: { causal: true, windowLeft: 30, softcap: 3, dropout: 0.15, key: [8, 9], scale: 0.5 },
    sequences: packed([40, 45], [13, 20], [17, 20]),
    slopes,
    sinks,
  },
];
