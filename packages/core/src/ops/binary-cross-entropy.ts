import { widened } from "../autocast.ts";
import { requireFloat } from "../dtype.ts";
import { broadcastShapes } from "../layout.ts";
import { defineOp, runOne } from "../op.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { logSigmoid } from "./activations.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { maximum } from "./binary-math.ts";
import { type LossOptions, reduceLoss } from "./reduction.ts";
import { log, log1p, neg } from "./unary.ts";

export interface BinaryCrossEntropyOptions extends LossOptions {
  /** A factor per element, broadcast. */
  readonly weight?: Tensor | null;
}

export interface BinaryCrossEntropyWithLogitsOptions extends BinaryCrossEntropyOptions {
  /** A factor on the positive part, broadcast (one per class). */
  readonly posWeight?: Tensor | null;
}

/** Logarithms are held at -100 and the derivative's denominator at 1e-12, as in PyTorch. */
const binaryCrossEntropyOp = defineOp<readonly [Tensor, Tensor], Record<never, never>>("binaryCrossEntropy", {
  infer: ([p, target]) => [
    { dtype: p.dtype, shape: broadcastShapes("binaryCrossEntropy", p.shape, target.shape) },
  ],
  compose: ([p, target]) => {
    const [hit, miss] = [maximum(log(p), -100), maximum(log1p(neg(p)), -100)];
    return [neg(add(mul(target, hit), mul(sub(1, target), miss)))];
  },
  saves: () => ({ inputs: [0, 1] }),
  vjp: ({ grad, inputs: [p, target], needs }) => [
    needs[0] ? mul(grad, div(sub(p, target), maximum(mul(p, sub(1, p)), 1e-12))) : null,
    needs[1] ? mul(grad, sub(maximum(log1p(neg(p)), -100), maximum(log(p), -100))) : null,
  ],
});

/**
 * `-(target log p + (1 - target) log(1 - p))`, for probabilities p; logarithms are held at -100.
 *
 * @param p  float, in [0, 1]
 * @param target  float, in [0, 1]; the shape of p
 * @example binaryCrossEntropy(tensor([0.5]), tensor([1])); // => 0.6931
 */
export function binaryCrossEntropy(
  p: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  return tidy(() => {
    requireFloat("binaryCrossEntropy", p);
    const loss = runOne(binaryCrossEntropyOp, [p, target], {});
    return reduceLoss(
      "binaryCrossEntropy",
      options.weight ? mul(loss, options.weight) : loss,
      options.reduction,
    );
  });
}

/**
 * Binary cross-entropy of `sigmoid(x)`, without overflow: `(1 - target) x - (1 + (posWeight - 1) target) log sigmoid(x)`.
 *
 * @param x  logits, float
 * @param target  float, in [0, 1]; the shape of x
 * @example binaryCrossEntropyWithLogits(tensor([0]), tensor([1])); // => 0.6931
 */
export function binaryCrossEntropyWithLogits(
  x: Tensor,
  target: Tensor,
  options: BinaryCrossEntropyWithLogitsOptions = {},
): Tensor {
  return tidy(() => {
    const { weight, posWeight, reduction } = options;
    requireFloat("binaryCrossEntropyWithLogits", x);
    const [logits] = widened(x);
    const score = logSigmoid(logits);
    const positive = posWeight ? mul(add(mul(sub(posWeight, 1), target), 1), score) : score;
    const loss = sub(mul(sub(1, target), logits), positive);
    return reduceLoss("binaryCrossEntropyWithLogits", weight ? mul(loss, weight) : loss, reduction);
  });
}
