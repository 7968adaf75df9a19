/** The attention cases that forward and backward are both tested on. */
import type { AttentionAttrs, View } from "@saccade/core/backend";
import type { CpuBackend } from "../backend.ts";
import type { AttentionSizes, AttentionValues } from "./attention-reference.ts";
import { noise, tensor, transposed } from "./harness.ts";

export interface AttentionCase {
  readonly name: string;
  readonly sizes: AttentionSizes;
  readonly attrs: AttentionAttrs;
  /** Mask and bias: absent, full, or broadcast over heads, queries or keys. */
  readonly mask?: "full" | "keys" | "none-visible";
  readonly bias?: "full" | "heads";
  readonly alibi?: true;
  readonly sinks?: true;
  /** Each item a sequence with padding behind, or three in the only item; both causal, with a window. */
  readonly sequences?: "padded" | "packed";
  /** q, k, v as they come out of one projection: [B, T, H, E] in memory. */
  readonly interleaved?: boolean;
}

const plain: AttentionAttrs = {
  scale: 0.3,
  causal: false,
  windowLeft: -1,
  windowRight: -1,
  softcap: 0,
  dropout: 0,
  key: [12, 34],
};

const sizes = (B: number, H: number, K: number, T: number, S: number, E: number, Ev = E): AttentionSizes => ({
  B,
  H,
  K,
  T,
  S,
  E,
  Ev,
});

export const attentionCases: readonly AttentionCase[] = [
  { name: "smallest", sizes: sizes(1, 1, 1, 1, 1, 1), attrs: plain },
  { name: "no keys", sizes: sizes(1, 2, 2, 3, 0, 4), attrs: plain },
  { name: "small GPT", sizes: sizes(2, 4, 4, 64, 64, 32), attrs: { ...plain, causal: true } },
  { name: "primes", sizes: sizes(2, 3, 3, 67, 71, 13, 17), attrs: plain },
  { name: "primes, causal", sizes: sizes(1, 3, 3, 131, 137, 8), attrs: { ...plain, causal: true } },
  {
    name: "more queries than keys, causal",
    sizes: sizes(1, 2, 2, 70, 11, 8),
    attrs: { ...plain, causal: true },
  },
  { name: "one query", sizes: sizes(2, 4, 2, 1, 300, 16), attrs: { ...plain, causal: true } },
  { name: "three queries, grouped", sizes: sizes(1, 6, 2, 3, 77, 16, 24), attrs: { ...plain, causal: true } },
  {
    name: "decode, long, bias, mask",
    sizes: sizes(2, 4, 2, 2, 1500, 16, 20),
    attrs: { ...plain, causal: true, softcap: 3 },
    bias: "full",
    mask: "full",
  },
  {
    name: "decode, window",
    sizes: sizes(1, 2, 1, 3, 1300, 8, 70),
    attrs: { ...plain, causal: true, windowLeft: 600 },
  },
  { name: "grouped", sizes: sizes(2, 6, 2, 33, 65, 16), attrs: plain },
  {
    name: "window left",
    sizes: sizes(1, 2, 2, 150, 150, 8),
    attrs: { ...plain, causal: true, windowLeft: 20 },
  },
  {
    name: "window both",
    sizes: sizes(1, 2, 2, 150, 170, 8),
    attrs: { ...plain, windowLeft: 3, windowRight: 70 },
  },
  { name: "window 0", sizes: sizes(1, 1, 1, 20, 20, 4), attrs: { ...plain, windowLeft: 0, windowRight: 0 } },
  { name: "softcap", sizes: sizes(1, 2, 2, 40, 70, 8), attrs: { ...plain, scale: 3, softcap: 2 } },
  {
    name: "softcap, causal, panels over and under the cap",
    sizes: sizes(1, 2, 2, 150, 150, 8),
    attrs: { ...plain, causal: true, scale: 0.5, softcap: 3 },
  },
  {
    name: "softcap, window, dropout, all scores under the cap",
    sizes: sizes(1, 2, 1, 90, 170, 8),
    attrs: { ...plain, windowLeft: 130, softcap: 50, dropout: 0.2 },
  },
  {
    name: "softcap, all scores far over the cap, scale below 0",
    sizes: sizes(1, 2, 1, 90, 70, 8),
    attrs: { ...plain, scale: -4, softcap: 0.5 },
  },
  { name: "full mask", sizes: sizes(2, 2, 2, 40, 70, 8), attrs: plain, mask: "full" },
  {
    name: "key mask, causal",
    sizes: sizes(2, 2, 2, 70, 70, 8),
    attrs: { ...plain, causal: true },
    mask: "keys",
  },
  { name: "rows that see nothing", sizes: sizes(1, 2, 2, 20, 70, 8), attrs: plain, mask: "none-visible" },
  { name: "bias", sizes: sizes(2, 2, 2, 40, 70, 8), attrs: plain, bias: "full" },
  {
    name: "bias over heads, mask, softcap",
    sizes: sizes(2, 3, 1, 66, 70, 8),
    attrs: { ...plain, softcap: 3 },
    bias: "heads",
    mask: "full",
  },
  { name: "dropout", sizes: sizes(2, 2, 2, 40, 71, 8), attrs: { ...plain, dropout: 0.3 } },
  {
    name: "everything",
    sizes: sizes(2, 4, 2, 70, 99, 12, 20),
    attrs: { ...plain, causal: true, windowLeft: 50, softcap: 4, dropout: 0.5 },
    bias: "full",
    mask: "full",
    interleaved: true,
  },
  {
    name: "interleaved",
    sizes: sizes(2, 3, 3, 65, 65, 16),
    attrs: { ...plain, causal: true },
    interleaved: true,
  },
  // Blocks of many keys, and keys cut into spans (backward).
  { name: "many keys", sizes: sizes(1, 2, 1, 70, 530, 64), attrs: { ...plain, scale: 0.1 } },
  {
    name: "many keys, causal, interleaved",
    sizes: sizes(1, 3, 3, 330, 350, 40, 48),
    attrs: { ...plain, scale: 0.1, causal: true },
    interleaved: true,
  },
  {
    name: "many keys, window, bias, mask, dropout",
    sizes: sizes(1, 4, 2, 200, 420, 32),
    attrs: { ...plain, windowLeft: 180, windowRight: 20, dropout: 0.2 },
    bias: "heads",
    mask: "keys",
  },
  {
    name: "spans that some queries do not see",
    sizes: sizes(1, 1, 1, 700, 640, 8, 12),
    attrs: { ...plain, causal: true, windowLeft: 300 },
  },
  {
    name: "the widest heads",
    sizes: sizes(1, 1, 1, 70, 90, 448, 441),
    attrs: { ...plain, scale: 0.04, causal: true },
    interleaved: true,
  },
  { name: "a negative scale", sizes: sizes(1, 2, 2, 30, 70, 8), attrs: { ...plain, scale: -0.4 } },
  { name: "scale 0", sizes: sizes(1, 1, 1, 20, 20, 8), attrs: { ...plain, scale: 0 } },
  { name: "alibi", sizes: sizes(2, 2, 2, 40, 70, 8), attrs: plain, alibi: true },
  {
    name: "alibi, causal",
    sizes: sizes(1, 4, 2, 150, 200, 32),
    attrs: { ...plain, causal: true },
    alibi: true,
  },
  { name: "sinks", sizes: sizes(2, 4, 2, 70, 90, 16), attrs: plain, sinks: true },
  { name: "sinks alone", sizes: sizes(1, 2, 2, 20, 0, 8), attrs: plain, sinks: true },
  {
    name: "decode, alibi, sinks",
    sizes: sizes(2, 4, 2, 2, 1500, 16, 20),
    attrs: { ...plain, causal: true },
    alibi: true,
    sinks: true,
  },
  {
    name: "decode, padded",
    sizes: sizes(3, 4, 2, 2, 1500, 16),
    attrs: plain,
    alibi: true,
    sequences: "padded",
  },
  { name: "padded", sizes: sizes(2, 2, 1, 150, 170, 16), attrs: plain, sequences: "padded" },
  {
    name: "padded, many keys, interleaved",
    sizes: sizes(2, 2, 1, 400, 530, 64),
    attrs: { ...plain, scale: 0.1 },
    sequences: "padded",
    interleaved: true,
  },
  { name: "packed", sizes: sizes(1, 4, 2, 300, 300, 16), attrs: plain, sequences: "packed" },
  {
    name: "packed, many keys",
    sizes: sizes(1, 1, 1, 700, 900, 32),
    attrs: { ...plain, scale: 0.1 },
    sequences: "packed",
  },
  {
    name: "packed, everything",
    sizes: sizes(1, 4, 2, 170, 199, 12, 20),
    attrs: { ...plain, softcap: 4, dropout: 0.4 },
    bias: "full",
    mask: "full",
    alibi: true,
    sinks: true,
    sequences: "packed",
    interleaved: true,
  },
  { name: "high scores", sizes: sizes(1, 2, 2, 40, 90, 16), attrs: { ...plain, scale: 6 } },
];

export interface AttentionOperands {
  readonly values: AttentionValues;
  readonly inputs: [
    q: View,
    k: View,
    v: View,
    mask: View | null,
    bias: View | null,
    slopes: View | null,
    ranges: View | null,
  ];
  readonly sinks: View | null;
}

/** Ends of three sequences of so many tokens: a long one, a short one, and the rest. */
const ends = (count: number): number[] => [Math.floor(0.4 * count), Math.floor(0.43 * count), count];

/** First key, the key behind the last, and place of each query, causal and in a window. */
function rangesOf(kind: "padded" | "packed", { B, T, S }: AttentionSizes): number[] {
  const window = Math.floor(0.3 * S);
  return Array.from({ length: B * T }, (_, row) => {
    const [b, t] = [Math.floor(row / T), row % T];
    const [queryEnds, keyEnds] =
      kind === "packed" ? [ends(T), ends(S)] : [[T - 2 * b], [S - Math.floor((b * S) / 4)]];
    const n = queryEnds.findIndex((end) => t < end);
    if (n < 0) return [keyEnds[0], keyEnds[0], 0];
    const start = n === 0 ? 0 : keyEnds[n - 1];
    const place = t + keyEnds[n] - queryEnds[n];
    const end = Math.max(start, place + 1);
    return [Math.min(end, Math.max(start, place - window)), end, place];
  }).flat();
}

/** Views and values of a case. */
export function attentionOperands(backend: CpuBackend, one: AttentionCase): AttentionOperands {
  const { sizes, mask, bias, interleaved } = one;
  const { B, H, K, T, S, E, Ev } = sizes;
  const place = (shape: number[], data: Float32Array): View =>
    interleaved ? transposed(backend, "f32", shape, data, 1, 2) : tensor(backend, "f32", shape, data);
  const q = noise(B * H * T * E, 1);
  const k = noise(B * K * S * E, 2);
  const v = noise(B * K * S * Ev, 3);
  const full = B * H * T * S;
  let maskView: View | null = null;
  let maskValues: number[] | null = null;
  if (mask === "full" || mask === "none-visible") {
    const coins = noise(full, 4);
    const visible = (i: number) =>
      mask === "full" ? coins[i] > -0.4 : Math.floor(i / S) % 3 !== 0 && coins[i] > 0;
    maskValues = Array.from(coins, (_, i) => (visible(i) ? 1 : 0));
    maskView = tensor(backend, "u8", [B, H, T, S], maskValues);
  } else if (mask === "keys") {
    const coins = Array.from(noise(B * S, 4), (x) => (x > -0.5 ? 1 : 0));
    maskValues = Array.from({ length: full }, (_, i) => coins[Math.floor(i / (H * T * S)) * S + (i % S)]);
    maskView = { ...tensor(backend, "u8", [B, S], coins), shape: [B, H, T, S], strides: [S, 0, 0, 1] };
  }
  let biasView: View | null = null;
  let biasValues: ArrayLike<number> | null = null;
  if (bias === "full") {
    biasValues = noise(full, 5);
    biasView = tensor(backend, "f32", [B, H, T, S], biasValues);
  } else if (bias === "heads") {
    const few = noise(H * T * S, 5);
    biasValues = Array.from({ length: full }, (_, i) => few[i % (H * T * S)]);
    biasView = { ...tensor(backend, "f32", [H, T, S], few), shape: [B, H, T, S], strides: [0, T * S, S, 1] };
  }
  const slopes = one.alibi ? Float32Array.from({ length: H }, (_, h) => 0.04 / (h + 1)) : null;
  const sinks = one.sinks ? noise(H, 6) : null;
  const ranges = one.sequences ? rangesOf(one.sequences, sizes) : null;
  return {
    values: { q, k, v, mask: maskValues, bias: biasValues, slopes, sinks, ranges },
    inputs: [
      place([B, H, T, E], q),
      place([B, K, S, E], k),
      place([B, K, S, Ev], v),
      maskView,
      biasView,
      slopes && tensor(backend, "f32", [H], slopes),
      ranges && tensor(backend, "i32", [B, T, 3], ranges),
    ],
    sinks: sinks && tensor(backend, "f32", [H], sinks),
  };
}
