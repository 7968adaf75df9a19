import { requireFloat } from "../dtype.ts";
import { defineOp, fused, runOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./arithmetic.ts";
import { sum } from "./reduce.ts";
import { square } from "./unary.ts";

const sumSquaresOp = defineOp<readonly [Tensor], Record<never, never>>("sumSquares", {
  infer: ([x]) => [{ dtype: x.dtype, shape: [] }],
  kernel: fused("sumSquares"),
  compose: ([x]) => [sum(square(x))],
  saves: () => ({ inputs: [0] }),
  vjp: ({ grad, inputs: [x] }) => [mul(mul(x, 2), grad)],
});

/** `sum(x^2)`, a scalar. */
export function sumSquares(x: Tensor): Tensor {
  requireFloat("sumSquares", x);
  return runOne(sumSquaresOp, [x], {});
}
