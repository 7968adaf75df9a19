import { widened } from "../autocast.ts";
import { broadcastShapes } from "../layout.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { clamp } from "./activations.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { expand } from "./expand.ts";
import { norm } from "./norm.ts";
import { type ReduceOptions, sum } from "./reduce.ts";

/**
 * `x / max(|x|_p, eps)`: vectors along an axis brought to norm 1.
 *
 * @example normalize(tensor([3, 4]), 2, 0); // => [0.6, 0.8]
 */
export function normalize(x: Tensor, p = 2, axis = 1, options: { readonly eps?: number } = {}): Tensor {
  return tidy(() => {
    const [wide] = widened(x);
    const length = norm(wide, p, axis, { keepDims: true });
    return div(wide, clamp(length, options.eps ?? 1e-12, Number.POSITIVE_INFINITY));
  });
}

/**
 * `a b / (max(|a|, eps) max(|b|, eps))` along an axis of what both broadcast to: the cosine of the angle between vectors.
 *
 * @example cosineSimilarity(tensor([1, 0]), tensor([1, 1]), 0); // => 0.7071
 */
export function cosineSimilarity(
  a: Tensor,
  b: Tensor,
  axis = 1,
  options: { readonly eps?: number } = {},
): Tensor {
  return tidy(() => {
    const { eps = 1e-8 } = options;
    const shape = broadcastShapes("cosineSimilarity", a.shape, b.shape);
    const [x, y] = [a, b].map((each) => normalize(expand(each, shape), 2, axis, { eps }));
    return sum(mul(x, y), axis);
  });
}

/**
 * `|a - b + eps|_p` over the last dimension.
 *
 * @example pairwiseDistance(tensor([0, 0]), tensor([3, 4])); // => 5
 */
export function pairwiseDistance(
  a: Tensor,
  b: Tensor,
  p = 2,
  options: ReduceOptions & { readonly eps?: number } = {},
): Tensor {
  return tidy(() => norm(add(sub(...widened(a, b)), options.eps ?? 1e-6), p, -1, options));
}
