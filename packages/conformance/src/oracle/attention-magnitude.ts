import {
  abs,
  add,
  amax,
  expand,
  fullLike,
  isFiniteMask,
  matmul,
  mul,
  neg,
  reshape,
  sum,
  type Tensor,
  transpose,
  unsqueeze,
  where,
} from "@saccade/core";
import { composedForm, type Form, present } from "./composed.ts";

/** `[B, K, S, E] -> [B, H, S, E]` */
function repeatHeads(x: Tensor, heads: number): Tensor {
  const [B, K, S, E] = x.shape;
  return reshape(expand(unsqueeze(x, 2), [B, K, heads / K, S, E]), [B, heads, S, E]);
}

/** `[B, H, S, E] -> [B, K, S, E]` */
function sumHeads(x: Tensor, keyHeads: number): Tensor {
  const [B, H, S, E] = x.shape;
  return sum(reshape(x, [B, keyHeads, H / keyHeads, S, E]), 2);
}

function finite(x: Tensor): Tensor {
  return where(isFiniteMask(x), x, fullLike(x, 0));
}

/**
 * What a score adds up from, 1 at least, per query: its error in epsilons, and so the relative error of the weights.
 * `[B, H, T, 1]`
 */
function scoreSize(q: Tensor, k: Tensor, bias: Tensor | null, scale: number): Tensor {
  const products = mul(matmul(abs(q), transpose(repeatHeads(abs(k), q.shape[1]))), Math.abs(scale));
  const scores = bias ? add(products, abs(finite(bias))) : products;
  return scores.shape[3] === 0
    ? add(sum(scores, -1, { keepDims: true }), 1)
    : add(amax(scores, -1, { keepDims: true }), 1);
}

/** The error of the weights is relative to what the scores add up from. */
export const attentionMagnitude: Form<"attention"> = (inputs, attrs, outputs) => {
  const [q, k, v, mask, bias] = inputs;
  const size = scoreSize(present(q), present(k), bias, attrs.scale);
  const [out] = composedForm("attention")([q, k, abs(present(v)), mask, bias], attrs, outputs);
  return [mul(out, size), reshape(size, size.shape.slice(0, 3))];
};

/** Gradients of absolute values, with a delta that adds to them instead of being taken away. */
export const attentionBackwardMagnitude: Form<"attentionBackward"> = (inputs, attrs, { count }) => {
  const [q, k, v, mask, bias, lse, delta, dOut] = inputs;
  const [queries, keys, values] = [abs(present(q)), abs(present(k)), abs(present(v))];
  const [H, K] = [queries.shape[1], keys.shape[1]];
  const size = scoreSize(queries, keys, bias, attrs.scale);
  const [, , dvOfAbsolutes, dWeights] = composedForm("attentionBackward")(
    [q, k, values, mask, bias, lse, neg(abs(present(delta))), abs(present(dOut))],
    attrs,
    { count: 4, before: [] },
  );
  const dv = size.size === 0 ? dvOfAbsolutes : mul(dvOfAbsolutes, amax(size));
  const dScores = mul(dWeights, size);
  const dProducts = mul(dScores, Math.abs(attrs.scale));
  const dq = matmul(dProducts, repeatHeads(keys, H));
  const dk = sumHeads(matmul(transpose(dProducts), queries), K);
  return count > 3 ? [dq, dk, dv, dScores] : [dq, dk, dv];
};
