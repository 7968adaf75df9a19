import {
  ArgumentError,
  type AttentionAttrs,
  requireFloat,
  run,
  softmax,
  type Tensor,
  tidy,
} from "@saccade/core";
import { type AttentionInputs, attentionOp, checkInputs } from "./attention-op.ts";
import { type AttentionSpec, attrsOf } from "./attention-spec.ts";
import { scoresOf } from "./compose.ts";

interface Prepared {
  readonly inputs: AttentionInputs;
  readonly attrs: AttentionAttrs;
}

function prepare(q: Tensor, k: Tensor, v: Tensor, spec: AttentionSpec): Prepared {
  requireFloat("attention", q, "q");
  return {
    inputs: [q, k, v, spec.mask ?? null, spec.bias ?? null],
    attrs: attrsOf(spec, q.shape[q.rank - 1]),
  };
}

/**
 * Scaled dot-product attention: `softmax(q k^T scale + bias) v`.
 *
 * One fused kernel where the backend has one for these inputs; otherwise composed of matrix products and a softmax.
 * Keys and values must be finite also where a mask hides them: a weight of 0 times NaN is NaN.
 *
 * @param q  queries, `[B, H, T, E]`, float
 * @param k  keys, `[B, K, S, E]`; K divides H (grouped-query attention)
 * @param v  values, `[B, K, S, Ev]`
 * @param spec  how queries attend; see `AttentionSpec`
 * @returns `[B, H, T, Ev]`, the dtype of q; zeros for a query that may attend nowhere
 * @throws ShapeError `attention: H=6 is not a multiple of K=4 (q [2,6,8,16], k [2,4,8,16], v [2,4,8,16])`
 * @throws DTypeError unless q, k, v and bias are of one float dtype and the mask is u8
 * @throws ArgumentError for an option that is unknown or out of range
 * @see Vaswani et al. 2017, arXiv:1706.03762, eq. 1; Dao 2023, arXiv:2307.08691 for the fused form
 * @example
 * const y = attention(q, k, v, { causal: true }); // q [2, 4, 8, 16], k and v [2, 2, 8, 16]
 * y.shape; // => [2, 4, 8, 16]
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, spec: AttentionSpec = {}): Tensor {
  return tidy(() => attentionWithLogSumExp(q, k, v, spec).out);
}

/**
 * `attention`, and the log-sum-exp of each query's scores behind masks, `[B, H, T]`: -inf for a query that may attend
 * nowhere. It joins partial attentions over pieces of the keys. Both have gradients. Dropout does not touch it.
 *
 * @throws what `attention` throws
 * @example
 * // Attention over all keys is the mean of attentions over parts, weighted by e^logSumExp.
 * const [left, right] = [[0, 4], [4, 8]].map((range) =>
 *   attentionWithLogSumExp(q, k.slice(null, null, range), v.slice(null, null, range)),
 * );
 * const total = attentionWithLogSumExp(q, k, v);
 * const share = left.logSumExp.sub(total.logSumExp).exp().unsqueeze(-1); // [2, 4, 8, 1]
 * const joined = left.out.mul(share).add(right.out.mul(share.neg().add(1)));
 * await joined.sub(total.out).abs().amax().item() < 1e-6; // => true
 */
export function attentionWithLogSumExp(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  spec: AttentionSpec = {},
): { out: Tensor; logSumExp: Tensor } {
  const { inputs, attrs } = prepare(q, k, v, spec);
  const [out, logSumExp] = run(attentionOp, inputs, attrs);
  return { out, logSumExp };
}

/**
 * The weights `softmax(q k^T scale + bias)` themselves, `[B, H, T, S]`: for looking, and for models whose output they
 * are. Differentiable. Takes memory for all of them, which `attention` does not where it is fused.
 *
 * @returns rows that sum to 1, or to 0 for a query that may attend nowhere
 * @throws what `attention` throws; ArgumentError for `dropout`
 * @example
 * const weights = attentionWeights(q, k, { causal: true }); // [2, 4, 8, 8]
 * weights.slice(0, 0, 0).array(); // => [1, 0, 0, 0, 0, 0, 0, 0]
 */
export function attentionWeights(q: Tensor, k: Tensor, spec: Omit<AttentionSpec, "dropout"> = {}): Tensor {
  if ("dropout" in spec) throw new ArgumentError("attentionWeights: takes no dropout");
  const { inputs, attrs } = prepare(q, k, k, spec);
  checkInputs(inputs);
  return tidy(() => softmax(scoresOf(inputs, attrs).masked));
}
