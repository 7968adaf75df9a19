import { defineOp, runOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";

const detachOp = defineOp<readonly [Tensor], Record<never, never>>("detach", {
  alias: ([x]) => ({ shape: x.shape, strides: x.strides, offset: x.offset }),
  differentiable: false,
});

/** The same value, constant to gradients; a view. */
export function detach(x: Tensor): Tensor {
  return runOne(detachOp, [x], {});
}
