/** Attention and its gradient by definition, in f64: what the tests compare with. */
import type { AttentionAttrs } from "@saccade/core/backend";
import { keptFactor } from "./threefry-reference.ts";

export interface AttentionSizes {
  readonly B: number;
  readonly H: number;
  readonly K: number;
  readonly T: number;
  readonly S: number;
  readonly E: number;
  readonly Ev: number;
}

/** Values in row-major order; mask and bias in full `[B, H, T, S]`, slopes and sinks `[H]`, ranges `[B, T, 3]`. */
export interface AttentionValues {
  readonly q: ArrayLike<number>;
  readonly k: ArrayLike<number>;
  readonly v: ArrayLike<number>;
  readonly mask: ArrayLike<number> | null;
  readonly bias: ArrayLike<number> | null;
  readonly slopes: ArrayLike<number> | null;
  readonly sinks: ArrayLike<number> | null;
  readonly ranges: ArrayLike<number> | null;
}

/** Functions of scores, by definition. */
export interface ReferenceMods {
  /** What a score becomes, and what its gradient is multiplied with. */
  readonly score?: (at: ModPlace) => readonly [number, number];
  readonly mask?: (at: ModPlace) => boolean;
}

export interface ModPlace {
  readonly score: number;
  readonly batch: number;
  readonly head: number;
  readonly query: number;
  readonly key: number;
  readonly place: number;
}

export interface AttentionGradients {
  readonly out: Float64Array;
  readonly lse: Float64Array;
  readonly delta: Float64Array;
  readonly dq: Float64Array;
  readonly dk: Float64Array;
  readonly dv: Float64Array;
  readonly dBias: Float64Array;
  readonly dSlopes: Float64Array;
}

/** Whether key `s` may be seen by query `t`. */
function visible(t: number, s: number, { T, S }: AttentionSizes, attrs: AttentionAttrs): boolean {
  const diagonal = t + S - T;
  if (attrs.causal && s > diagonal) return false;
  if (attrs.windowLeft >= 0 && diagonal - s > attrs.windowLeft) return false;
  return !(attrs.windowRight >= 0 && s - diagonal > attrs.windowRight);
}

export function attentionReference(
  sizes: AttentionSizes,
  { q, k, v, mask, bias, slopes, sinks, ranges }: AttentionValues,
  attrs: AttentionAttrs,
  dOut: ArrayLike<number> = [],
  mods: ReferenceMods = {},
): AttentionGradients {
  const { B, H, K, T, S, E, Ev } = sizes;
  const result = {
    out: new Float64Array(B * H * T * Ev),
    lse: new Float64Array(B * H * T),
    delta: new Float64Array(B * H * T),
    dq: new Float64Array(B * H * T * E),
    dk: new Float64Array(B * K * S * E),
    dv: new Float64Array(B * K * S * Ev),
    dBias: new Float64Array(B * H * T * S),
    dSlopes: new Float64Array(B * H * T),
  };
  for (let row = 0; row < B * H * T; row++) {
    const t = row % T;
    const head = Math.floor(row / T);
    const h = head % H;
    // First key, the key behind the last, place.
    const { first, of } = attrs.queries ?? { first: 0, of: T };
    const range = (i: number): number => (ranges ? ranges[(Math.floor(head / H) * T + t) * 3 + i] : 0);
    const place = ranges ? range(2) : t + S - T;
    const kv = Math.floor(head / H) * K + Math.floor((head % H) / (H / K));
    const raw = new Float64Array(S);
    const derivatives = new Float64Array(S).fill(1);
    const scores = new Float64Array(S).fill(-Infinity);
    for (let s = 0; s < S; s++) {
      if (ranges ? s < range(0) || s >= range(1) : !visible(t, s, sizes, attrs)) continue;
      if (mask && mask[row * S + s] === 0) continue;
      let dot = 0;
      for (let e = 0; e < E; e++) dot += q[row * E + e] * k[(kv * S + s) * E + e];
      raw[s] = attrs.softcap
        ? attrs.softcap * Math.tanh((dot * attrs.scale) / attrs.softcap)
        : dot * attrs.scale;
      const score = raw[s] + (bias ? bias[row * S + s] : 0) - (slopes ? slopes[h] * Math.abs(place - s) : 0);
      const at: ModPlace = { score, batch: Math.floor(head / H), head: h, query: first + t, key: s, place };
      if (mods.mask?.(at) === false) continue;
      [scores[s], derivatives[s]] = mods.score?.(at) ?? [score, 1];
    }
    const sink = sinks ? sinks[h] : -Infinity;
    const max = scores.reduce((a, b) => Math.max(a, b), sink);
    const exps = scores.map((score) => (score === -Infinity ? 0 : Math.exp(score - max)));
    const sum = exps.reduce((a, b) => a + b, sink === -Infinity ? 0 : Math.exp(sink - max));
    result.lse[row] = sum === 0 ? -Infinity : max + Math.log(sum);
    const among = Math.floor(row / T) * of + first + t;
    const keep = (s: number): number => keptFactor(attrs.key, among, s, attrs.dropout);
    const weights = exps.map((x) => (sum === 0 ? 0 : x / sum));
    const kept = weights.map((_, s) => keep(s));
    for (let s = 0; s < S; s++) {
      const w = weights[s] * kept[s];
      for (let e = 0; e < Ev; e++) result.out[row * Ev + e] += w * v[(kv * S + s) * Ev + e];
    }
    if (dOut.length === 0) continue;
    for (let e = 0; e < Ev; e++) result.delta[row] += dOut[row * Ev + e] * result.out[row * Ev + e];
    for (let s = 0; s < S; s++) {
      let dWeight = 0;
      for (let e = 0; e < Ev; e++) {
        dWeight += dOut[row * Ev + e] * v[(kv * S + s) * Ev + e];
        result.dv[(kv * S + s) * Ev + e] += weights[s] * kept[s] * dOut[row * Ev + e];
      }
      const dScore = weights[s] * (dWeight * kept[s] - result.delta[row]) * derivatives[s];
      result.dBias[row * S + s] = dScore;
      result.dSlopes[row] -= dScore * Math.abs(place - s);
      const slope = attrs.softcap ? 1 - (raw[s] / attrs.softcap) ** 2 : 1;
      for (let e = 0; e < E; e++) {
        result.dq[row * E + e] += dScore * slope * attrs.scale * k[(kv * S + s) * E + e];
        result.dk[(kv * S + s) * E + e] += dScore * slope * attrs.scale * q[row * E + e];
      }
    }
  }
  return result;
}
