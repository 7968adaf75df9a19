import { matmul, softmax, squeeze, sum, type Tensor, tidy, transpose, where } from "@saccade/core";
import { showWeights } from "../scaled-dot-product/attention-hooks.ts";
import { maskScores } from "./attended.ts";
import { type Pooled, type PoolingOptions, requirePooling } from "./context-pooling.ts";

/**
 * Similarity-sum pooling, without parameters: an element counts by how similar it is to all elements together,
 * `e_i = sum_j x_i . x_j`, `a = softmax(e)`, `y = sum_i a_i x_i`. Padding is neither similar nor counted.
 *
 * No paper is known to have this name: the equation is our reading of it, the row sums of the matrix of similarities
 * `X X^T` as scores. They are not scaled, and include each element's similarity to itself.
 *
 * @param x  `[B, T, D]`
 * @returns zeros for a sequence that is all padding
 * @example
 * const { pooled, weights } = similaritySumPooling(zeros([1, 4, 2]).add(1));
 * weights.array(); // => [[0.25, 0.25, 0.25, 0.25]]
 * pooled.array(); // => [[1, 1]]
 */
export function similaritySumPooling(x: Tensor, options: PoolingOptions = {}): Pooled {
  return tidy(() => {
    const seen = requirePooling("similaritySumPooling", x, options);
    const present = seen ? where(transpose(seen), x, 0) : x;
    // sum_j x_i . x_j = x_i . sum_j x_j: linear in the length.
    const total = sum(present, 1, { keepDims: true }); // [B, 1, D]
    const scores = matmul(total, transpose(x)); // [B, 1, T]
    const weights = softmax(maskScores("similaritySumPooling", scores, seen), -1);
    showWeights(() => weights);
    return { pooled: squeeze(matmul(weights, present), 1), weights: squeeze(weights, 1) };
  });
}
