import { widened } from "../autocast.ts";
import { isFloat, requireFloat } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape, sameShape, sizeOf } from "../layout.ts";
import { tidy } from "../scope.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { add, div, mul } from "./arithmetic.ts";
import { ne } from "./compare.ts";
import { crossEntropyRows, targetWeights } from "./cross-entropy-rows.ts";
import { fullLike } from "./fill.ts";
import { gather } from "./gather.ts";
import { moveAxis } from "./permute.ts";
import { sum } from "./reduce.ts";
import { type LossOptions, type Reduction, reduceLoss } from "./reduction.ts";
import { reshape } from "./reshape.ts";
import { logSoftmax } from "./softmax.ts";
import { neg } from "./unary.ts";
import { where } from "./where.ts";

export interface NllLossOptions extends LossOptions {
  /** A factor per class, `[C]`; constant to gradients. */
  readonly weight?: Tensor | null;
  /** Targets of this value count for nothing. Default -100. */
  readonly ignoreIndex?: number;
}

export interface CrossEntropyOptions extends NllLossOptions {
  /** How much of the target is spread evenly over the classes, in [0, 1]. Default 0. */
  readonly labelSmoothing?: number;
}

/** `[C]`, `[N, C]` or `[N, C, ...]` as rows of classes, and the shape without them. */
function asRows(name: string, input: Tensor): { rows: Tensor; shape: readonly number[]; classes: number } {
  requireFloat(name, input);
  if (input.rank === 0)
    throw new ShapeError(`${name}: the input needs a dimension of classes (got a scalar)`);
  const axis = input.rank === 1 ? 0 : 1;
  const classes = input.shape[axis];
  const shape = input.shape.filter((_, d) => d !== axis);
  return { rows: reshape(moveAxis(input, axis, -1), [sizeOf(shape), classes]), shape, classes };
}

function checkTarget(name: string, input: Tensor, target: Tensor, shape: readonly number[]): void {
  if (target.dtype !== "i32" || !sameShape(target.shape, shape)) {
    throw new ShapeError(
      `${name}: the target must be i32 ${formatShape(shape)} (got ${target.describe()} for input ${formatShape(input.shape)})`,
    );
  }
}

/** The mean weighs each target by its class weight; ignored ones weigh nothing. */
function reduceRows(
  loss: Tensor,
  shape: readonly number[],
  weights: () => Tensor,
  reduction: Reduction,
  name: string,
): Tensor {
  if (reduction !== "mean") return reduceLoss(name, reshape(loss, shape), reduction);
  return div(
    sum(loss),
    noGrad(() => sum(weights())),
  );
}

/** Targets that are distributions over the classes. */
function withProbabilities(input: Tensor, target: Tensor, options: CrossEntropyOptions): Tensor {
  const { weight, labelSmoothing = 0, reduction = "mean" } = options;
  if (!sameShape(target.shape, input.shape)) {
    throw new ShapeError(
      `crossEntropy: probabilities must have the input's shape (got ${formatShape(target.shape)} for ${formatShape(input.shape)})`,
    );
  }
  if (options.ignoreIndex !== undefined && options.ignoreIndex >= 0) {
    throw new ArgumentError("crossEntropy: ignoreIndex is for targets that are indices (got probabilities)");
  }
  const { rows, shape, classes } = asRows("crossEntropy", input);
  const given = asRows("crossEntropy", target).rows;
  const smoothed = labelSmoothing > 0 ? add(mul(given, 1 - labelSmoothing), labelSmoothing / classes) : given;
  const scores = logSoftmax(rows);
  const loss = neg(sum(mul(weight ? mul(scores, weight) : scores, smoothed), 1));
  return reduceLoss("crossEntropy", reshape(loss, shape), reduction);
}

/**
 * Cross-entropy between logits and targets: `-log softmax(input)[target]`, the classes in dimension 1.
 *
 * @param input  logits `[N, C]`, `[N, C, ...]` or `[C]`
 * @param target  class indices, i32 `[N, ...]`; or probabilities, float, the shape of the input
 * @param options.reduction  "mean" weighs by class weights and leaves ignored targets out: NaN if all are
 * @returns a scalar, or the shape of the indices without reduction; f32 for an input of f16
 * @throws ShapeError if shapes do not fit; ArgumentError if `labelSmoothing` is outside [0, 1]
 * @see Szegedy et al. 2015, arXiv:1512.00567, section 7 (label smoothing)
 * @example crossEntropy(tensor([[0, 0], [0, 0]]), tensor([0, 1], { dtype: "i32" })); // => 0.6931
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  return tidy(() => {
    const { weight = null, ignoreIndex = -100, labelSmoothing = 0, reduction = "mean" } = options;
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
      throw new ArgumentError(`crossEntropy: labelSmoothing must be in [0, 1] (got ${labelSmoothing})`);
    }
    if (isFloat(target.dtype)) return withProbabilities(input, target, options);
    const { rows, shape } = asRows("crossEntropy", input);
    checkTarget("crossEntropy", input, target, shape);
    const flat = reshape(target, [target.size]);
    const loss = crossEntropyRows(rows, flat, weight, { ignoreIndex, labelSmoothing });
    return reduceRows(
      loss,
      shape,
      () => targetWeights(flat, weight, ignoreIndex, loss),
      reduction,
      "crossEntropy",
    );
  });
}

/**
 * Negative log-likelihood: `-weight[target] input[target]`, the input log-probabilities with the classes in dimension 1.
 *
 * @param input  `[N, C]`, `[N, C, ...]` or `[C]`
 * @param target  i32 `[N, ...]`
 * @example nllLoss(tensor([[-1, -2]]), tensor([1], { dtype: "i32" })); // => 2
 */
export function nllLoss(input: Tensor, target: Tensor, options: NllLossOptions = {}): Tensor {
  return tidy(() => {
    const { weight = null, ignoreIndex = -100, reduction = "mean" } = options;
    const { rows, shape } = asRows("nllLoss", widened(input)[0]);
    checkTarget("nllLoss", input, target, shape);
    const flat = reshape(target, [target.size]);
    const used = ne(flat, ignoreIndex);
    const safe = where(used, flat, fullLike(flat, 0));
    const picked = reshape(gather(rows, reshape(safe, [-1, 1]), 1), [flat.size]);
    const weights = noGrad(() => targetWeights(flat, weight, ignoreIndex, rows));
    const loss = where(used, neg(mul(picked, weights)), fullLike(picked, 0));
    return reduceRows(loss, shape, () => weights, reduction, "nllLoss");
  });
}
