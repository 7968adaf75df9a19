import { add, matmul, mul, reshape, ShapeError, type Tensor, tidy, transpose } from "@saccade/core";
import { attention } from "../scaled-dot-product/attention.ts";
import type { AttentionSpec } from "../scaled-dot-product/attention-spec.ts";
import { relativeShift } from "./relative-shift.ts";

/** What the scores of Transformer-XL have beside queries and keys. */
export interface TransformerXlTerms {
  /** Projected encodings of the distances `S - 1, S - 2, ..., -(T - 1)`: `[H, S + T - 1, E]`, or `[S + T - 1, E]` for all heads. */
  readonly distances: Tensor;
  /** `[H, E]`, added to queries that meet keys: u. */
  readonly contentBias: Tensor;
  /** `[H, E]`, added to queries that meet distances: v. */
  readonly positionBias: Tensor;
}

/**
 * Attention with the relative positions of Transformer-XL and XLNet:
 * `scores = scale ((q + u) k^T + shift((q + v) r^T))`, then as `attention` has it. Keys may be more than queries: the
 * memory of earlier segments comes first.
 *
 * @param q  `[B, H, T, E]`; k `[B, H, S, E]`; v `[B, H, S, Ev]`
 * @param spec  as of `attention`; a `bias` is added to what the distances give
 * @returns `[B, H, T, Ev]`
 * @throws ShapeError, and what `attention` throws
 * @see Dai et al. 2019, arXiv:1901.02860, section 3.3; u and v of each head
 * @example
 * const [q, k, v] = [ones([1, 2, 3, 4]), ones([1, 2, 5, 4]), ones([1, 2, 5, 4])];
 * const terms = { distances: zeros([2, 7, 4]), contentBias: zeros([2, 4]), positionBias: zeros([2, 4]) };
 * transformerXlAttention(q, k, v, terms, { causal: true }).shape; // => [1, 2, 3, 4]
 */
export function transformerXlAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { distances, contentBias, positionBias }: TransformerXlTerms,
  spec: AttentionSpec = {},
): Tensor {
  return tidy(() => {
    const [, heads, queries, width] = q.shape;
    const keys = k.shape[2];
    for (const [name, bias] of Object.entries({ contentBias, positionBias })) {
      if (bias.rank === 2 && bias.shape[0] === heads && bias.shape[1] === width) continue;
      throw new ShapeError(
        `transformerXlAttention: ${name} must be [${heads}, ${width}] (got ${bias.describe()})`,
      );
    }
    if (distances.shape[distances.rank - 2] !== Math.max(0, queries + keys - 1)) {
      throw new ShapeError(
        `transformerXlAttention: distances must be [H, S + T - 1, E] for T = ${queries}, S = ${keys} (got ${distances.describe()})`,
      );
    }
    const scale = spec.scale ?? 1 / Math.sqrt(width);
    const withBias = (bias: Tensor): Tensor => add(q, reshape(bias, [heads, 1, width]));
    const toDistances = matmul(withBias(positionBias), transpose(distances, -2, -1));
    const positional = mul(relativeShift(toDistances, keys), scale);
    const bias = spec.bias ? add(spec.bias, positional) : positional;
    return attention(withBias(contentBias), k, v, { ...spec, scale, bias });
  });
}
