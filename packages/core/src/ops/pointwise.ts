import { floatOf, promote } from "../dtype.ts";
import { broadcastShapes } from "../layout.ts";
import { defineOp, runOne } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { eq, logicalAnd } from "./compare.ts";
import type { Operand } from "./elementwise.ts";
import { fullLike } from "./fill.ts";
import { isNan, log, logicalNot } from "./unary.ts";
import { where } from "./where.ts";

const xlogyOp = defineOp<readonly [Tensor, Tensor], Record<never, never>>("xlogy", {
  infer: ([x, y]) => [{ dtype: x.dtype, shape: broadcastShapes("xlogy", x.shape, y.shape) }],
  compose([x, y]) {
    const product = mul(x, log(y));
    return [where(logicalAnd(eq(x, 0), logicalNot(isNan(y))), fullLike(product, 0), product)];
  },
  saves: () => ({ inputs: [0, 1] }),
  vjp({ grad, inputs: [x, y], needs }) {
    const dx = () => where(eq(x, 0), fullLike(grad, 0), mul(grad, log(y)));
    return [needs[0] ? dx() : null, needs[1] ? mul(grad, div(x, y)) : null];
  },
});

/**
 * `x log(y)`, 0 where x is 0 (NaN where y is NaN); the gradient of x is 0 there, too.
 *
 * @example xlogy(tensor([0, 2]), tensor([0, 1])); // => [0, 0]
 */
export function xlogy(x: Tensor, y: Tensor): Tensor {
  return tidy(() => {
    const dtype = floatOf(promote(x.dtype, y.dtype));
    return runOne(xlogyOp, [cast(x, dtype), cast(y, dtype)], {});
  });
}

/**
 * `start + weight (end - start)`.
 *
 * @example lerp(tensor([1]), tensor([3]), 0.5); // => [2]
 */
export function lerp(start: Tensor, end: Tensor, weight: Operand): Tensor {
  return tidy(() => add(start, mul(sub(end, start), weight)));
}

/**
 * `x + value a b`.
 *
 * @example addcmul(tensor([1]), tensor([2]), tensor([3]), 10); // => [61]
 */
export function addcmul(x: Tensor, a: Tensor, b: Tensor, value = 1): Tensor {
  return tidy(() => add(x, mul(mul(a, b), value)));
}

/**
 * `x + value a / b`.
 *
 * @example addcdiv(tensor([1]), tensor([6]), tensor([3]), 10); // => [21]
 */
export function addcdiv(x: Tensor, a: Tensor, b: Tensor, value = 1): Tensor {
  return tidy(() => add(x, mul(div(a, b), value)));
}
