import {
  type AttentionAttrs,
  add,
  arange,
  cast,
  div,
  dropout,
  exp,
  expand,
  fullLike,
  ge,
  Key,
  le,
  logicalAnd,
  logsumexp,
  matmul,
  mul,
  reshape,
  softmax,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
  unsqueeze,
  where,
} from "@saccade/core";
import type { AttentionInputs, BackwardAttrs, BackwardInputs } from "./attention-op.ts";

/** Key and value heads repeated for the query heads that share them: `[B, K, S, E] -> [B, H, S, E]`, views where strides allow. */
function repeatHeads(x: Tensor, heads: number): Tensor {
  const [B, K, S, E] = x.shape;
  if (K === heads) return x;
  return reshape(expand(unsqueeze(x, 2), [B, K, heads / K, S, E]), [B, heads, S, E]);
}

/** The adjoint of `repeatHeads`. */
function sumHeads(x: Tensor, keyHeads: number): Tensor {
  const [B, H, S, E] = x.shape;
  return H === keyHeads ? x : sum(reshape(x, [B, keyHeads, H / keyHeads, S, E]), 2);
}

/** u8 `[T, S]`: where causality and window let a query look; null if everywhere. */
export function visibleByPosition(T: number, S: number, attrs: AttentionAttrs, like: Tensor): Tensor | null {
  const { causal, windowLeft, windowRight } = attrs;
  if (!causal && windowLeft < 0 && windowRight < 0) return null;
  const options = { backend: like.backend };
  // Bottom-right aligned: the last query sits on the last key.
  const query = unsqueeze(arange(S - T, S, 1, options), 1);
  const key = arange(0, S, 1, options);
  const distance = sub(query, key);
  const right = causal ? 0 : windowRight;
  const conditions: Tensor[] = [];
  if (windowLeft >= 0) conditions.push(le(distance, windowLeft));
  if (causal || windowRight >= 0) conditions.push(ge(distance, -right));
  return conditions.reduce(logicalAnd);
}

/** u8, broadcasting to `[B, H, T, S]`: where a query may look; null if everywhere. */
function visibility([q, k, , mask]: AttentionInputs | BackwardInputs, attrs: AttentionAttrs): Tensor | null {
  const byPosition = visibleByPosition(q.shape[2], k.shape[2], attrs, q);
  if (byPosition && mask) return logicalAnd(byPosition, mask);
  return byPosition ?? mask;
}

/** Scores `[B, H, T, S]` before masks; `capped` is tanh of the soft-cap, or null. */
function scoresOf(
  [q, k, , , bias]: AttentionInputs | BackwardInputs,
  attrs: AttentionAttrs,
): { scores: Tensor; capped: Tensor | null } {
  const scaled = mul(matmul(q, transpose(repeatHeads(k, q.shape[1]))), attrs.scale);
  const capped = attrs.softcap > 0 ? tanh(div(scaled, attrs.softcap)) : null;
  const scores = capped ? mul(capped, attrs.softcap) : scaled;
  return { scores: bias ? add(scores, bias) : scores, capped };
}

function dropWeights(weights: Tensor, attrs: AttentionAttrs): Tensor {
  return attrs.dropout > 0 ? dropout(weights, attrs.dropout, new Key(attrs.key)) : weights;
}

/** The definition of attention in plain ops: the specification of the fused kernels. -> out, log-sum-exp */
export function composeAttention(inputs: AttentionInputs, attrs: AttentionAttrs): readonly Tensor[] {
  const [q, , v] = inputs;
  const { scores } = scoresOf(inputs, attrs);
  const visible = visibility(inputs, attrs);
  const masked = visible ? where(visible, scores, fullLike(scores, Number.NEGATIVE_INFINITY)) : scores;
  const weights = dropWeights(softmax(masked), attrs);
  return [matmul(weights, repeatHeads(v, q.shape[1])), logsumexp(masked, -1)];
}

/** The gradient of attention in plain ops, from the log-sum-exp. -> dq, dk, dv, and dBias if wanted */
export function composeAttentionBackward(inputs: BackwardInputs, attrs: BackwardAttrs): readonly Tensor[] {
  const [q, k, v, , , lse, delta, dOut] = inputs;
  const H = q.shape[1];
  const { scores, capped } = scoresOf(inputs, attrs);
  const visible = visibility(inputs, attrs);
  // A fully masked row has log-sum-exp -inf: its weights are 0.
  const safe = where(ge(lse, Number.MIN_SAFE_INTEGER), lse, fullLike(lse, 0));
  const exps = exp(sub(scores, unsqueeze(safe, -1)));
  const weights = visible ? where(visible, exps, fullLike(exps, 0)) : exps;
  const dWeights = dropWeights(matmul(dOut, transpose(repeatHeads(v, H))), attrs);
  const dScores = mul(weights, sub(dWeights, unsqueeze(delta, -1)));
  const dScaled = capped ? mul(dScores, sub(1, square(capped))) : dScores;
  const dProducts = mul(dScaled, attrs.scale);
  const dq = matmul(dProducts, repeatHeads(k, H));
  const dk = sumHeads(matmul(transpose(dProducts), q), k.shape[1]);
  const dv = sumHeads(matmul(transpose(dropWeights(weights, attrs)), dOut), k.shape[1]);
  return attrs.biasGradient ? [dq, dk, dv, dScores] : [dq, dk, dv];
}

/** The weights themselves, from q, k and the log-sum-exp: `[B, H, T, S]`, without dropout. */
export function weightsFromLogSumExp(inputs: AttentionInputs, lse: Tensor, attrs: AttentionAttrs): Tensor {
  const { scores } = scoresOf(inputs, attrs);
  const visible = visibility(inputs, attrs);
  const safe = where(ge(lse, Number.MIN_SAFE_INTEGER), lse, fullLike(lse, 0));
  const weights = exp(sub(scores, unsqueeze(safe, -1)));
  return visible ? mul(weights, cast(visible, weights.dtype)) : weights;
}
