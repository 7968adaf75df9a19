import {
  type AttentionAttrs,
  add,
  div,
  dropout,
  eq,
  exp,
  Key,
  logsumexp,
  matmul,
  mul,
  reshape,
  softmax,
  square,
  sub,
  type Tensor,
  tanh,
  transpose,
  unsqueeze,
  where,
} from "@saccade/core";
import type { BackwardAttrs, BackwardInputs } from "./attention-backward-op.ts";
import type { AttentionInputs } from "./attention-op.ts";
import { visibility } from "./visibility.ts";

/**
 * `[B, H, T, E] -> [B, K, H/K T, E]`: the query heads that share a key head, as more rows of one product. Keys and
 * values are never repeated, and their gradients come out summed over the heads.
 */
function groupHeads(x: Tensor, keyHeads: number): Tensor {
  const [B, H, T, E] = x.shape;
  return H === keyHeads ? x : reshape(x, [B, keyHeads, (H / keyHeads) * T, E]);
}

/** `x y^T`, head by head: `[B, H, T, E], [B, K, S, E] -> [B, H, T, S]`. */
function timesTransposed(x: Tensor, y: Tensor): Tensor {
  const [B, H, T] = x.shape;
  return reshape(matmul(groupHeads(x, y.shape[1]), transpose(y)), [B, H, T, y.shape[2]]);
}

/** `x y`, head by head: `[B, H, T, S], [B, K, S, E] -> [B, H, T, E]`. */
function times(x: Tensor, y: Tensor): Tensor {
  const [B, H, T] = x.shape;
  return reshape(matmul(groupHeads(x, y.shape[1]), y), [B, H, T, y.shape[3]]);
}

/** `x^T y`, summed over the heads that share a key head: `[B, H, T, S], [B, H, T, E] -> [B, K, S, E]`. */
function transposedTimes(x: Tensor, y: Tensor, keyHeads: number): Tensor {
  return matmul(transpose(groupHeads(x, keyHeads)), groupHeads(y, keyHeads));
}

interface Scores {
  /** `[B, H, T, S]` as softmax takes them: scaled, capped, biased, and -inf where a query may not look. */
  readonly masked: Tensor;
  /** `tanh(score / softcap)`, or null without a cap. */
  readonly capped: Tensor | null;
}

/** The scores that attention is the softmax of. */
export function scoresOf(
  [q, k, , mask, bias]: AttentionInputs | BackwardInputs,
  attrs: AttentionAttrs,
): Scores {
  const scaled = mul(timesTransposed(q, k), attrs.scale);
  const capped = attrs.softcap > 0 ? tanh(div(scaled, attrs.softcap)) : null;
  const uncapped = capped ? mul(capped, attrs.softcap) : scaled;
  const scores = bias ? add(uncapped, bias) : uncapped;
  const visible = visibility(q, k, mask, attrs);
  return { masked: visible ? where(visible, scores, Number.NEGATIVE_INFINITY) : scores, capped };
}

/** `e^(score - lse)`. A fully masked row has log-sum-exp -inf: its weights are 0. NaN stays NaN. */
function weightsFrom(masked: Tensor, lse: Tensor): Tensor {
  const shift = where(eq(lse, Number.NEGATIVE_INFINITY), 0, lse);
  return exp(sub(masked, unsqueeze(shift, -1)));
}

function dropWeights(weights: Tensor, attrs: AttentionAttrs): Tensor {
  return attrs.dropout > 0 ? dropout(weights, attrs.dropout, new Key(attrs.key)) : weights;
}

/** The definition of attention in plain ops: the specification of the fused kernels. -> out, log-sum-exp */
export function composeAttention(inputs: AttentionInputs, attrs: AttentionAttrs): readonly Tensor[] {
  const [, , v] = inputs;
  const { masked } = scoresOf(inputs, attrs);
  return [times(dropWeights(softmax(masked), attrs), v), logsumexp(masked, -1)];
}

/**
 * The gradient of attention in plain ops, from the log-sum-exp. -> dq, dk, dv, and dBias if it is wanted
 *
 * With weights `p = e^(s - lse)` and dropout `d`: `dv = d(p)^T dOut`, `ds = p (d(dOut v^T) - delta)`.
 */
export function composeAttentionBackward(inputs: BackwardInputs, attrs: BackwardAttrs): readonly Tensor[] {
  const [q, k, v, , , lse, delta, dOut] = inputs;
  const K = k.shape[1];
  const { masked, capped } = scoresOf(inputs, attrs);
  const weights = weightsFrom(masked, lse);
  const dWeights = dropWeights(timesTransposed(dOut, v), attrs);
  const dScores = mul(weights, sub(dWeights, unsqueeze(delta, -1)));
  const dScaled = capped ? mul(dScores, sub(1, square(capped))) : dScores;
  const dProducts = mul(dScaled, attrs.scale);
  const dq = times(dProducts, k);
  const dk = transposedTimes(dProducts, q, K);
  const dv = transposedTimes(dropWeights(weights, attrs), dOut, K);
  return attrs.biasGradient ? [dq, dk, dv, dScores] : [dq, dk, dv];
}
