import type { ActivationName } from "../backend.ts";
import { requireFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { formatShape, normalizeAxis, sameShape } from "../layout.ts";
import { defineOp, fused, run, runOne } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { activations } from "./activation-functions.ts";
import { mul } from "./arithmetic.ts";
import { activationBackward } from "./define-unary.ts";
import { narrow } from "./slice.ts";

interface GluAttrs {
  readonly activation: ActivationName;
}

const gluOp = defineOp<readonly [Tensor, Tensor], GluAttrs>("glu", {
  infer([gate, up]) {
    if (!sameShape(gate.shape, up.shape)) {
      throw new ShapeError(
        `gatedActivation: shapes differ (gate ${formatShape(gate.shape)}, up ${formatShape(up.shape)})`,
      );
    }
    return [{ dtype: gate.dtype, shape: gate.shape }];
  },
  kernel: fused("glu"),
  compose: ([gate, up], { activation }) => [mul(activations[activation](gate), up)],
  saves: () => ({ inputs: [0, 1] }),
  vjp: ({ grad, inputs: [gate, up], attrs }) => run(gluBackwardOp, [gate, up, grad], attrs),
});

const gluBackwardOp = defineOp<readonly [Tensor, Tensor, Tensor], GluAttrs>("gluBackward", {
  infer: ([gate]) => [
    { dtype: gate.dtype, shape: gate.shape },
    { dtype: gate.dtype, shape: gate.shape },
  ],
  kernel: fused("gluBackward"),
  compose: ([gate, up, dy], { activation }) => [
    activationBackward(activation, gate, mul(dy, up)),
    mul(dy, activations[activation](gate)),
  ],
});

/**
 * `activation(gate) up`, elementwise: the middle of a gated feed-forward layer (SwiGLU for "silu", GeGLU for "gelu").
 *
 * @param gate  float
 * @param up  the shape of the gate
 * @throws ShapeError if the shapes differ
 * @see Shazeer 2020, arXiv:2002.05202
 * @example gatedActivation(tensor([-1, 2]), tensor([3, 4]), "relu"); // => [0, 8]
 */
export function gatedActivation(gate: Tensor, up: Tensor, activation: ActivationName): Tensor {
  requireFloat("gatedActivation", gate);
  return runOne(gluOp, [gate, up], { activation });
}

/**
 * `a sigmoid(b)`, a and b the halves of x along an axis.
 *
 * @throws ShapeError if the size of that axis is odd
 * @see Dauphin et al. 2016, arXiv:1612.08083
 * @example glu(tensor([4, 0])); // => [2]
 */
export function glu(x: Tensor, axis = -1): Tensor {
  return tidy(() => {
    const at = normalizeAxis("glu", axis, x.rank);
    const half = x.shape[at] / 2;
    if (!Number.isInteger(half))
      throw new ShapeError(`glu: the size of dimension ${axis} must be even (got ${x.describe()})`);
    return gatedActivation(narrow(x, at, half, half), narrow(x, at, 0, half), "sigmoid");
  });
}
