import { requireFloat } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import { defineOp, fused, runOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul } from "./arithmetic.ts";
import { sum } from "./reduce.ts";
import { square } from "./unary.ts";

interface SumSquaresAttrs {
  /** Of inputs. */
  readonly count: number;
}

const sumSquaresOp = defineOp<readonly [Tensor, ...Tensor[]], SumSquaresAttrs>("sumSquares", {
  infer: ([x]) => [{ dtype: x.dtype, shape: [] }],
  kernel: fused("sumSquares"),
  compose: (inputs) => [
    inputs.length === 1
      ? sum(square(inputs[0]))
      : inputs.map((x) => sumSquares(x)).reduce((a, b) => add(a, b)),
  ],
  saves: ({ count }) => ({ inputs: Array.from({ length: count }, (_, i) => i) }),
  vjp: ({ grad, inputs, needs }) => inputs.map((x, i) => (needs[i] ? mul(mul(x, 2), grad) : null)),
});

/**
 * `sum(x^2)` over all elements of all tensors: the square of their joint norm.
 *
 * @param more  of the dtype of x, and any shapes
 * @returns a scalar
 * @throws DTypeError unless all are of one float dtype
 * @example sumSquares(tensor([1, 2]), tensor([[3]])); // => 14
 */
export function sumSquares(x: Tensor, ...more: readonly Tensor[]): Tensor {
  requireFloat("sumSquares", x);
  for (const other of more) {
    if (other.dtype !== x.dtype)
      throw new DTypeError(`sumSquares: dtypes differ (${x.dtype}, ${other.dtype})`);
  }
  return runOne(sumSquaresOp, [x, ...more], { count: 1 + more.length });
}
