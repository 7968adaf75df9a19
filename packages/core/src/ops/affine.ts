import { isFloat } from "../dtype.ts";
import { defineOp, required, runOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { inDtype } from "./cast.ts";

interface AffineAttrs {
  readonly op: "affine";
  readonly a: number;
  readonly b: number;
}

const affineOp = defineOp<[Tensor], AffineAttrs>("affine", {
  infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
  kernel: required("unary"),
  vjp: ({ grad, attrs }) => [affine(grad, attrs.a, 0)],
});

/** `x scale + shift`, with numbers. Integers stay integers if both numbers are. */
export function affine(x: Tensor, scale: number, shift: number): Tensor {
  const attrs = { op: "affine", a: scale, b: shift } as const;
  if (isFloat(x.dtype)) return runOne(affineOp, [x], attrs);
  const whole = Number.isInteger(scale) && Number.isInteger(shift);
  return inDtype(x, whole ? "i32" : "f32", (y) => runOne(affineOp, [y], attrs));
}
