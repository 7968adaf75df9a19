import type { View } from "../backend.ts";
import { promote, requireDtype } from "../dtype.ts";
import { broadcastShapes } from "../layout.ts";
import { defineOp, type KernelRef, runOne } from "../op.ts";
import { scoped, tidy } from "../scope.ts";
import { broadcastView, type Tensor } from "../tensor.ts";
import { cast } from "./cast.ts";
import type { Operand } from "./elementwise.ts";
import { full, fullLike } from "./fill.ts";

type WhereInputs = readonly [Tensor, Tensor, Tensor];

const whereKernel: KernelRef<WhereInputs, Record<never, never>> = {
  supports: () => true,
  launch(backend, [cond, a, b], [out]) {
    const view = (x: Tensor): View => broadcastView("where", x, out.shape);
    backend.kernels.where([view(cond), view(a), view(b)], [out], {});
  },
};

const whereOp = defineOp<WhereInputs, Record<never, never>>("where", {
  infer: ([cond, a, b]) => [
    { dtype: a.dtype, shape: broadcastShapes("where", cond.shape, a.shape, b.shape) },
  ],
  kernel: whereKernel,
  saves: () => ({ inputs: [0] }),
  vjp({ grad, inputs: [cond], needs }) {
    const none = fullLike(grad, 0);
    return [null, needs[1] ? where(cond, grad, none) : null, needs[2] ? where(cond, none, grad) : null];
  },
});

/**
 * `cond ? a : b`, elementwise and broadcast; `cond` is a mask (u8).
 *
 * @example const y = where(gt(x, 0), x, 0);
 */
export function where(cond: Tensor, a: Operand, b: Operand): Tensor {
  requireDtype("where", cond, "u8", "cond");
  const dtypes = [a, b].flatMap((x) => (typeof x === "number" ? [] : [x.dtype]));
  const dtype = dtypes.length > 0 ? dtypes.reduce(promote) : "f32";
  const operand = (x: Operand) =>
    typeof x === "number" ? full([], x, { dtype, backend: cond.backend }) : cast(x, dtype);
  if (typeof a !== "number" && typeof b !== "number" && a.dtype === b.dtype)
    return runOne(whereOp, [cond, a, b], {});
  const within = typeof a === "number" || typeof b === "number" ? scoped : tidy;
  return within(() => runOne(whereOp, [cond, operand(a), operand(b)], {}));
}

/** `x`, with `value` where the mask (u8) is 1. */
export function maskedFill(x: Tensor, mask: Tensor, value: number): Tensor {
  return scoped(() => where(mask, full([], value, { dtype: x.dtype, backend: x.backend }), x));
}
