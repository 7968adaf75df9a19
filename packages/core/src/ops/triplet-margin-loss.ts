import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { clamp } from "./activations.ts";
import { add, sub } from "./arithmetic.ts";
import { minimum } from "./binary-math.ts";
import { type LossOptions, reduceLoss } from "./reduction.ts";
import { pairwiseDistance } from "./similarity.ts";

export interface TripletMarginOptions extends LossOptions {
  /** Default 1. */
  readonly margin?: number;
  /** Which norm measures. Default 2. */
  readonly p?: number;
  /** Added to differences. Default 1e-6. */
  readonly eps?: number;
  /** Take the negative's distance to the positive where that is smaller. Default false. */
  readonly swap?: boolean;
}

/**
 * `max(0, |anchor - positive| - |anchor - negative| + margin)`, over the last dimension.
 *
 * @see Balntas et al. 2016, Learning local feature descriptors with triplets
 * @example tripletMarginLoss(tensor([[0, 0]]), tensor([[0, 3]]), tensor([[2, 0]])); // => 2
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginOptions = {},
): Tensor {
  return tidy(() => {
    const { margin = 1, p = 2, eps = 1e-6, swap = false, reduction } = options;
    const near = pairwiseDistance(anchor, positive, p, { eps });
    const direct = pairwiseDistance(anchor, negative, p, { eps });
    const far = swap ? minimum(direct, pairwiseDistance(positive, negative, p, { eps })) : direct;
    const loss = clamp(add(sub(near, far), margin), 0, Number.POSITIVE_INFINITY);
    return reduceLoss("tripletMarginLoss", loss, reduction);
  });
}
