/** Attention by its definition, in f64: what tests compare with. */
export interface OracleCase {
  readonly heads: number;
  readonly keyHeads: number;
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
  readonly valueWidth: number;
  readonly scale: number;
  readonly softcap: number;
  /** Whether query i sees key j. */
  readonly sees: (i: number, j: number) => boolean;
  /** A score of each head whose weight goes nowhere. */
  readonly sinks?: readonly number[];
}

export interface Operands {
  readonly q: ArrayLike<number>;
  readonly k: ArrayLike<number>;
  readonly v: ArrayLike<number>;
  readonly dOut: ArrayLike<number>;
}

/** `out`, log-sum-exp, `delta` (the sum of dOut out of a row), and the gradients of q, k and v, for one batch item. */
export function oracle(it: OracleCase, { q, k, v, dOut }: Operands) {
  const { heads, keyHeads, queries, keys, width, valueWidth, scale, softcap } = it;
  const zeros = (...sizes: number[]): Float64Array => new Float64Array(sizes.reduce((a, b) => a * b, 1));
  const [out, lse, delta] = [zeros(heads, queries, valueWidth), zeros(heads, queries), zeros(heads, queries)];
  const [dq, dk, dv] = [
    zeros(heads, queries, width),
    zeros(keyHeads, keys, width),
    zeros(keyHeads, keys, valueWidth),
  ];
  const dot = (a: ArrayLike<number>, i: number, b: ArrayLike<number>, j: number, size: number): number => {
    let sum = 0;
    for (let d = 0; d < size; d++) sum += a[i * size + d] * b[j * size + d];
    return sum;
  };
  for (let h = 0; h < heads; h++) {
    const shared = Math.floor((h * keyHeads) / heads) * keys;
    for (let i = 0; i < queries; i++) {
      const row = h * queries + i;
      const seen = Array.from({ length: keys }, (_, j) => j).filter((j) => it.sees(i, j));
      const products = seen.map((j) => scale * dot(q, row, k, shared + j, width));
      const scores = softcap > 0 ? products.map((s) => softcap * Math.tanh(s / softcap)) : products;
      const all = it.sinks ? [...scores, it.sinks[h]] : scores;
      const most = all.some(Number.isNaN) ? Number.NaN : Math.max(...all);
      lse[row] =
        most === Number.NEGATIVE_INFINITY
          ? most
          : most + Math.log(all.reduce((sum, s) => sum + Math.exp(s - most), 0));
      if (lse[row] === Number.NEGATIVE_INFINITY) continue;
      const weights = scores.map((s) => Math.exp(s - lse[row]));
      seen.forEach((j, n) => {
        for (let d = 0; d < valueWidth; d++) {
          out[row * valueWidth + d] += weights[n] * v[(shared + j) * valueWidth + d];
          dv[(shared + j) * valueWidth + d] += weights[n] * dOut[row * valueWidth + d];
        }
      });
      delta[row] = dot(dOut, row, out, row, valueWidth);
      seen.forEach((j, n) => {
        const bent = softcap > 0 ? 1 - (scores[n] / softcap) ** 2 : 1;
        const slope = weights[n] * (dot(dOut, row, v, shared + j, valueWidth) - delta[row]) * bent * scale;
        for (let d = 0; d < width; d++) {
          dq[row * width + d] += slope * k[(shared + j) * width + d];
          dk[(shared + j) * width + d] += slope * q[row * width + d];
        }
      });
    }
  }
  return { out, lse, delta, dq, dk, dv };
}
