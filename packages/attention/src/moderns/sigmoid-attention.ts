import { add, matmul, mul, sigmoid, type Tensor, tidy, transpose, where } from "@saccade/core";
import { showWeights } from "../scaled-dot-product/attention-hooks.ts";
import { requireHeads, type ScoreOptions, scaleOf, seenBy } from "./score-mask.ts";

/**
 * Sigmoid attention: `o_i = sum_j sigmoid(scale q_i . k_j + b) v_j`: keys do not compete. Takes memory for
 * `[B, H, T, S]`.
 *
 * @param q  `[B, H, T, E]`; k `[B, H, S, E]`; v `[B, H, S, Ev]`
 * @param options.bias  b; default `-log S`, so that weights are about `1/S` where scores are about 0
 * @returns `[B, H, T, Ev]`
 * @see Ramapuram et al. 2024, arXiv:2409.04431
 * @example
 * const x = zeros([1, 1, 1, 2]);
 * sigmoidAttention(x, x, ones([1, 1, 1, 2]), { bias: 0 }).array(); // => [[[[0.5, 0.5]]]]
 */
export function sigmoidAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { bias, ...options }: ScoreOptions & { readonly bias?: number } = {},
): Tensor {
  requireHeads("sigmoidAttention", q, k, v);
  const S = k.shape[2];
  return tidy(() => {
    const scores = mul(matmul(q, transpose(k)), scaleOf(q, options.scale));
    const weights = sigmoid(add(scores, bias ?? -Math.log(Math.max(1, S))));
    const seen = seenBy("sigmoidAttention", options, [q.shape[2], S], q.backend);
    const masked = seen ? where(seen, weights, 0) : weights;
    showWeights(() => masked);
    return matmul(masked, v);
  });
}
