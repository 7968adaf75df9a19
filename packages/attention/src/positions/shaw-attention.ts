import {
  ArgumentError,
  add,
  gather,
  matmul,
  mul,
  ShapeError,
  scatterAdd,
  type Tensor,
  tensor,
  tidy,
  transpose,
  zeros,
} from "@saccade/core";
import { attention, attentionWeights } from "../scaled-dot-product/attention.ts";
import { showWeights } from "../scaled-dot-product/attention-hooks.ts";
import type { AttentionSpec } from "../scaled-dot-product/attention-spec.ts";

/** Learned vectors of the distances `-k ... k`, beyond which all are alike. */
export interface ShawTables {
  /** `[2k + 1, E]`: meets queries. */
  readonly keys: Tensor;
  /** `[2k + 1, Ev]`: is added to values; none in later work. */
  readonly values?: Tensor | null;
}

/**
 * Attention with the relative positions of Shaw: `e_ij = scale q_i (k_j + a^K_ij)`, `z_i = sum_j w_ij (v_j + a^V_ij)`, where
 * `a_ij` is the row of the clipped distance `j - i`. Products with the tables are made once per distance, not per pair;
 * with `values`, all weights are held, `[B, H, T, S]`.
 *
 * @param q  `[B, H, T, E]`; k `[B, H, S, E]`; v `[B, H, S, Ev]`; the last query stands at the last key
 * @returns `[B, H, T, Ev]`
 * @throws ShapeError, and what `attention` throws
 * @see Shaw et al. 2018, arXiv:1803.02155, equations 3 to 5
 * @example
 * const x = ones([1, 2, 4, 3]);
 * shawAttention(x, x, x, { keys: zeros([5, 3]), values: zeros([5, 3]) }).shape; // => [1, 2, 4, 3]
 */
export function shawAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { keys, values = null }: ShawTables,
  spec: AttentionSpec = {},
): Tensor {
  return tidy(() => {
    checkTable("keys", keys, q);
    if (values) checkTable("values", values, v);
    const [batch, heads, queries, width] = q.shape;
    const index = tensor(clippedDistances(queries, k.shape[2], keys.shape[0]), {
      shape: [queries, k.shape[2]],
      backend: q.backend,
    }).expand([batch, heads, queries, k.shape[2]]);
    const scale = spec.scale ?? 1 / Math.sqrt(width);
    const perDistance = matmul(q, transpose(keys, 0, 1));
    const positional = mul(gather(perDistance, index, -1), scale);
    const bias = spec.bias ? add(spec.bias, positional) : positional;
    if (!values) return attention(q, k, v, { ...spec, scale, bias });
    if (spec.dropout)
      throw new ArgumentError(
        `shawAttention: there is no dropout where distances have values (got p = ${spec.dropout.p})`,
      );
    const weights = attentionWeights(q, k, { ...spec, scale, bias });
    showWeights(() => weights);
    const empty = zeros([batch, heads, queries, values.shape[0]], { dtype: q.dtype, backend: q.backend });
    return add(matmul(weights, v), matmul(scatterAdd(empty, index, weights, -1), values));
  });
}

function checkTable(name: string, table: Tensor, x: Tensor): void {
  const width = x.shape[x.rank - 1];
  if (table.rank === 2 && table.shape[0] % 2 === 1 && table.shape[1] === width) return;
  throw new ShapeError(`shawAttention: ${name} must be [2k + 1, ${width}] (got ${table.describe()})`);
}

/** Rows of a table of `rows` for the distances `j - i`, clipped. */
function clippedDistances(queries: number, keys: number, rows: number): Int32Array<ArrayBuffer> {
  const most = (rows - 1) / 2;
  const ahead = keys - queries;
  return Int32Array.from({ length: queries * keys }, (_, n) => {
    const distance = (n % keys) - (Math.floor(n / keys) + ahead);
    return Math.min(most, Math.max(-most, distance)) + most;
  });
}
