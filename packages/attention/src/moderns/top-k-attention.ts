import {
  matmul,
  mul,
  requirePositiveInteger,
  scatterAddInto,
  softmax,
  type Tensor,
  tidy,
  topK,
  transpose,
  where,
} from "@saccade/core";
import { showWeights } from "../scaled-dot-product/attention-hooks.ts";
import { requireHeads, type ScoreOptions, scaleOf, seenBy } from "./score-mask.ts";

/**
 * Top-k attention: each query attends to the k keys that score highest, and to no other. Takes memory for `[B, H, T, S]`.
 *
 * @param q  `[B, H, T, E]`; keys `[B, H, S, E]`; v `[B, H, S, Ev]`
 * @param options.k  how many; all, where there are fewer. Of equal scores the first come first
 * @returns `[B, H, T, Ev]`; gradients go to the chosen
 * @see Zhao et al. 2019, arXiv:1912.11637; Gupta et al. 2021, arXiv:2106.06899
 * @example
 * const q = tensor([[[[1]]]]);
 * const keys = tensor([[[[1], [3], [2]]]]);
 * topKAttention(q, keys, keys, { k: 1 }).array(); // => [[[[3]]]]
 */
export function topKAttention(
  q: Tensor,
  keys: Tensor,
  v: Tensor,
  { k, ...options }: ScoreOptions & { readonly k: number },
): Tensor {
  requireHeads("topKAttention", q, keys, v);
  requirePositiveInteger("topKAttention", "k", k);
  return tidy(() => {
    const scores = mul(matmul(q, transpose(keys)), scaleOf(q, options.scale));
    const seen = seenBy("topKAttention", options, [q.shape[2], keys.shape[2]], q.backend);
    const masked = seen ? where(seen, scores, Number.NEGATIVE_INFINITY) : scores;
    const { values, indices } = topK(masked, Math.min(k, keys.shape[2]), -1);
    const weights = scatterAddInto(scores.shape, indices, softmax(values, -1), -1);
    showWeights(() => weights);
    return matmul(weights, v);
  });
}
