import type { DType } from "../backend.ts";
import { isFloat } from "../dtype.ts";
import { defineOp, required, runOne } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";

const castOp = defineOp<[Tensor], { readonly dtype: DType }>("cast", {
  infer: ([x], { dtype }) => [{ dtype, shape: x.shape }],
  kernel: required("cast"),
  vjp: ({ grad, specs }) => [cast(grad, specs[0].dtype)],
});

/**
 * The same values in another dtype. Float to integer truncates towards 0 and saturates; anything to `u8` becomes a
 * mask: 1 where it is not 0. Between float types, gradients flow.
 *
 * @example const mask = cast(tensor([0, 2.5]), "u8"); // 0 1
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : runOne(castOp, [x], { dtype });
}

/** To float, where it is not yet. */
export function toFloat(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x : cast(x, "f32");
}

/** `fn` of x in another dtype; what is converted for that does not outlive it. @internal */
export function inDtype(x: Tensor, dtype: DType, fn: (x: Tensor) => Tensor): Tensor {
  return x.dtype === dtype ? fn(x) : tidy(() => fn(cast(x, dtype)));
}

/** `fn` of x as float, where it is not yet. @internal */
export function asFloat(x: Tensor, fn: (x: Tensor) => Tensor): Tensor {
  return isFloat(x.dtype) ? fn(x) : inDtype(x, "f32", fn);
}

/** `fn` of x, masks as integers: they count. @internal */
export function asCountable(x: Tensor, fn: (x: Tensor) => Tensor): Tensor {
  return x.dtype === "u8" ? inDtype(x, "i32", fn) : fn(x);
}
