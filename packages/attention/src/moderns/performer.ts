import {
  ArgumentError,
  amax,
  detach,
  div,
  exp,
  type Key,
  matmul,
  mul,
  requireFloat,
  requirePositiveInteger,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  threefry2x32,
  tidy,
  transpose,
} from "@saccade/core";
import type { InitOptions } from "@saccade/core/nn";
import { requireShape } from "../shapes.ts";
import { type LinearAttentionOptions, linearAttention } from "./linear-attention.ts";

/**
 * Random directions, `[features, width]`: rows of each block of `width` are orthogonal, each as long as a normal vector
 * would be.
 *
 * @see Choromanski et al. 2020, arXiv:2009.14794, section 2.4
 * @example
 * const rows = orthogonalFeatures(new Key(0), 2, 4);
 * await rows.slice(0).mul(rows.slice(1)).sum().abs().item() < 1e-5; // => true
 */
export function orthogonalFeatures(
  key: Key,
  features: number,
  width: number,
  options: InitOptions = {},
): Tensor {
  requirePositiveInteger("orthogonalFeatures", "features", features);
  requirePositiveInteger("orthogonalFeatures", "width", width);
  const rows: number[][] = [];
  for (let i = 0; i < features; i++) {
    // Gram and Schmidt within a block, twice: once loses digits.
    const block = rows.slice(i - (i % width));
    let row = normalRow(key.fold(0), i, width);
    for (const other of [...block, ...block]) {
      const share = dot(row, other) / dot(other, other);
      row = row.map((x, d) => x - share * other[d]);
    }
    const length = Math.sqrt(dot(row, row));
    const drawn = normalRow(key.fold(1), i, width);
    const wanted = Math.sqrt(dot(drawn, drawn));
    rows.push(row.map((x) => (x * wanted) / length));
  }
  return tensor(rows, options);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, x, d) => total + x * b[d], 0);
}

/** Normal numbers by Box and Muller, from counters. */
function normalRow(key: Key, row: number, width: number): number[] {
  return Array.from({ length: width }, (_, d) => {
    const [a, b] = threefry2x32(key.words, row, d).map((word) => ((word >>> 0) + 0.5) / 2 ** 32);
    return Math.sqrt(-2 * Math.log(a)) * Math.cos(2 * Math.PI * b);
  });
}

/**
 * Positive random features of the softmax kernel: `phi(x)_i = exp(w_i . x - |x|^2 / 2 - c) / sqrt(m)`, so that
 * `E[phi(q) . phi(k)] = exp(q . k)`, up to the c that keep it from overflowing and cancel in attention.
 *
 * @param x  `[B, H, T, E]`, scaled: for attention by `E^(-1/4)`
 * @param directions  w, `[m, E]`: `orthogonalFeatures`
 * @param shared  c is one for all elements, as keys need it; otherwise each element's own, as queries may have it
 * @returns `[B, H, T, m]`
 * @see Choromanski et al. 2020, arXiv:2009.14794, lemma 1
 * @example
 * const directions = orthogonalFeatures(new Key(0), 8, 4);
 * performerFeatures(ones([1, 2, 3, 4]), directions, false).shape; // => [1, 2, 3, 8]
 */
export function performerFeatures(x: Tensor, directions: Tensor, shared: boolean): Tensor {
  requireFloat("performerFeatures", x, "x");
  requireShape("performerFeatures", "x", x, ["B", "H", "T", directions.shape[1]]);
  return tidy(() => {
    const m = directions.shape[0];
    if (x.size === 0) return matmul(x, transpose(directions));
    const projected = sub(matmul(x, transpose(directions)), mul(sum(square(x), -1, { keepDims: true }), 0.5));
    const most = detach(amax(projected, shared ? [-2, -1] : -1, { keepDims: true }));
    return div(exp(sub(projected, most)), Math.sqrt(m));
  });
}

/** As of linear attention; the feature maps are Performer's. */
export interface PerformerOptions extends Pick<LinearAttentionOptions, "causal" | "mask" | "chunk"> {
  /** Factor on `q k^T`. Default `1/sqrt(E)`; positive. */
  readonly scale?: number;
}

/**
 * Performer: softmax attention approximated in time O(T), by linear attention over positive orthogonal random features.
 *
 * @param directions  `[m, E]`: `orthogonalFeatures`, drawn anew now and then; more are closer to the softmax
 * @returns `[B, H, T, Ev]`
 * @throws ArgumentError for a scale that is not positive
 * @see Choromanski et al. 2020, arXiv:2009.14794
 * @example
 * const x = ones([1, 2, 6, 4]);
 * const directions = orthogonalFeatures(new Key(0), 16, 4);
 * performerAttention(x, x, x, directions, { causal: true }).shape; // => [1, 2, 6, 4]
 */
export function performerAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  directions: Tensor,
  { scale = 1 / Math.sqrt(q.shape[3]), ...options }: PerformerOptions = {},
): Tensor {
  if (!(scale > 0 && Number.isFinite(scale))) {
    throw new ArgumentError(`performerAttention: scale must be positive and finite (got ${scale})`);
  }
  const root = Math.sqrt(scale);
  return linearAttention(q, k, v, {
    ...options,
    featureMap: (x) => performerFeatures(mul(x, root), directions, false),
    keyFeatureMap: (x) => performerFeatures(mul(x, root), directions, true),
  });
}
