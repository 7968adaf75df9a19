import {
  abs,
  amax,
  arange,
  cast,
  eq,
  log,
  mul,
  neg,
  reshape,
  sub,
  sum,
  type Tensor,
  tidy,
  where,
} from "@saccade/core";
import { requireShape } from "../shapes.ts";
import type { AttentionMap } from "./capture-attention.ts";

/** How the rows of a map look, each `[B, h, t]`. */
export interface HeadStatistics {
  /** `-sum_j a_j ln a_j`, in nats: 0 where one key is looked at, `ln n` where n are, alike. */
  readonly entropy: Tensor;
  /** `sum_j a_j |p - j|`, in keys: how far from the query's place p it looks, on average. */
  readonly distance: Tensor;
  /** The largest weight. */
  readonly largest: Tensor;
}

/**
 * Entropy, distance and largest weight of every row of a map; `mean([0, 2])` of them are those of its heads.
 *
 * @returns tensors `[B, h, t]` in the current scope; all 0 for a query that may attend nowhere
 * @see Vig & Belinkov 2019, arXiv:1906.04284, for distance (a mean by weights) and entropy
 * @example
 * const weights = tensor([[[[1, 0], [0.5, 0.5]]]]); // one head
 * const { entropy, distance, largest } = headStatistics({ weights, places: tensor([[0, 1]]) });
 * entropy; // => [[[0, 0.6931]]]
 * distance; // => [[[0, 0.5]]]
 * largest; // => [[[1, 0.5]]]
 */
export function headStatistics({
  weights,
  places,
}: Pick<AttentionMap, "weights" | "places">): HeadStatistics {
  requireShape("headStatistics", "weights", weights, ["B", "h", "t", "S"]);
  const [B, , t, S] = weights.shape;
  requireShape("headStatistics", "places", places, [places.shape[0] === 1 ? 1 : B, t]);
  return tidy(() => {
    const { dtype, backend } = weights;
    const surprise = where(eq(weights, 0), 0, neg(log(weights)));
    const keys = arange(0, S, 1, { backend, dtype });
    const away = abs(sub(reshape(cast(places, dtype), [places.shape[0], 1, t, 1]), keys));
    return {
      entropy: sum(mul(weights, surprise), -1),
      distance: sum(mul(weights, away), -1),
      largest: amax(weights, -1),
    };
  });
}
