import { defineOp, required, runOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";

const copyOp = defineOp<[Tensor], Record<never, never>>("copy", {
  infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
  kernel: required("copy"),
  vjp: ({ grad }) => [grad],
});

/** The same numbers in memory of their own, row-major. */
export function copy(x: Tensor): Tensor {
  return runOne(copyOp, [x], {});
}

/** `x` itself if it is row-major without gaps; a copy otherwise. */
export function contiguous(x: Tensor): Tensor {
  return x.isContiguous ? x : copy(x);
}
