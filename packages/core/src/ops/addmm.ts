import { lowered } from "../autocast.ts";
import { ShapeError } from "../errors.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul } from "./arithmetic.ts";
import { matmul } from "./matmul.ts";
import { unsqueeze } from "./reshape.ts";

/**
 * `beta x + alpha a b`, with matrices a and b.
 *
 * @param x  broadcasts to `[M, N]`
 * @param a  `[M, K]`
 * @param b  `[K, N]`
 * @example addmm(tensor([1]), tensor([[2]]), tensor([[3]]), { beta: 10 }); // => [[16]]
 */
export function addmm(
  x: Tensor,
  a: Tensor,
  b: Tensor,
  options: { readonly alpha?: number; readonly beta?: number } = {},
): Tensor {
  return tidy(() => {
    const { alpha = 1, beta = 1 } = options;
    const [bias, left, right] = lowered(x, a, b);
    const product = matmul(left, right);
    const scaled = alpha === 1 ? product : mul(product, alpha);
    return add(beta === 1 ? bias : mul(bias, beta), scaled);
  });
}

/**
 * `a_i b_j`: every element of one vector times every one of another.
 *
 * @returns `[a.size, b.size]`
 * @throws ShapeError unless both have one dimension
 * @example outer(tensor([1, 2]), tensor([3, 4])); // => [[3, 4], [6, 8]]
 */
export function outer(a: Tensor, b: Tensor): Tensor {
  return tidy(() => {
    if (a.rank !== 1 || b.rank !== 1)
      throw new ShapeError(`outer: needs two vectors (got ${a.describe()}, ${b.describe()})`);
    return mul(unsqueeze(a, 1), b);
  });
}
