import { requireFloat } from "../dtype.ts";
import { normalizeAxis } from "../layout.ts";
import { defineOp, fused, runOne } from "../op.ts";
import { scoped } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { div, mul, sub } from "./arithmetic.ts";
import { eq } from "./compare.ts";
import { fullLike } from "./fill.ts";
import { moveAxis } from "./permute.ts";
import { amax, sum } from "./reduce.ts";
import { exp, log as logarithm } from "./unary.ts";
import { where } from "./where.ts";

interface SoftmaxAttrs {
  readonly log: boolean;
}

/** Along the last axis. */
const softmaxOp = defineOp<readonly [Tensor], SoftmaxAttrs>("softmax", {
  infer: ([x]) => [{ dtype: x.dtype, shape: x.shape }],
  kernel: fused("softmax"),
  compose([x], { log }) {
    if (x.size === 0) return [x];
    const max = amax(x, -1, { keepDims: true });
    const shifted = sub(x, where(eq(max, Number.NEGATIVE_INFINITY), fullLike(max, 0), max));
    const exps = exp(shifted);
    const total = sum(exps, -1, { keepDims: true });
    // Not `x - logsumexp(x)`: rounding that, far from zero, loses the digits that are left of the difference.
    if (log) return [sub(shifted, logarithm(total))];
    // A fully masked row (all -inf) gives zeros.
    return [div(exps, where(eq(total, 0), fullLike(total, 1), total))];
  },
  saves: () => ({ outputs: [0] }),
  vjp: ({ grad, outputs: [y], attrs }) => [runOne(softmaxBackwardOp, [y, grad], attrs)],
});

const softmaxBackwardOp = defineOp<readonly [Tensor, Tensor], SoftmaxAttrs>("softmaxBackward", {
  infer: ([y]) => [{ dtype: y.dtype, shape: y.shape }],
  kernel: fused("softmaxBackward"),
  compose([y, dy], { log }) {
    if (log) return [sub(dy, mul(exp(y), sum(dy, -1, { keepDims: true })))];
    return [mul(y, sub(dy, sum(mul(dy, y), -1, { keepDims: true })))];
  },
});

function runSoftmax(name: string, x: Tensor, axis: number, log: boolean): Tensor {
  requireFloat(name, x);
  if (x.rank === 0) return log ? fullLike(x, 0) : fullLike(x, 1);
  const at = normalizeAxis(name, axis, x.rank);
  if (at === x.rank - 1) return runOne(softmaxOp, [x], { log });
  return scoped(() => moveAxis(runOne(softmaxOp, [moveAxis(x, at, -1)], { log }), -1, at));
}

/**
 * `e^x / sum(e^x)` along an axis, shifted by the maximum so that nothing overflows. A row of -inf gives zeros, not NaN.
 *
 * @example const p = softmax(tensor([1, 2, 3]));
 */
export function softmax(x: Tensor, axis = -1): Tensor {
  return runSoftmax("softmax", x, axis, false);
}

/** `x - logsumexp(x)` along an axis. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return runSoftmax("logSoftmax", x, axis, true);
}
