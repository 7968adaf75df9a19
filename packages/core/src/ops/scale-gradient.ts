import { defineOp, runOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./arithmetic.ts";
import { eq } from "./compare.ts";
import { fullLike } from "./fill.ts";
import { where } from "./where.ts";

const scaleGradientOp = defineOp<readonly [Tensor, Tensor], Record<never, never>>("scaleGradient", {
  alias: ([x]) => ({ shape: x.shape, strides: x.strides, offset: x.offset }),
  saves: () => ({ inputs: [1] }),
  vjp({ grad, inputs: [, factor] }) {
    // Nothing comes through a factor of 0, not even NaN.
    return [where(eq(factor, 0), fullLike(grad, 0), mul(grad, factor)), null];
  },
});

/** The same value, a view, whose gradient is multiplied by `factor` (broadcast; constant to gradients). @internal */
export function scaleGradient(x: Tensor, factor: Tensor): Tensor {
  return runOne(scaleGradientOp, [x, factor], {});
}
