import { widened } from "../autocast.ts";
import { ArgumentError } from "../errors.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { mul, sub } from "./arithmetic.ts";
import { le, lt } from "./compare.ts";
import { type LossOptions, reduceLoss } from "./reduction.ts";
import { abs, square } from "./unary.ts";
import { where } from "./where.ts";

/**
 * `(x - target)^2`.
 *
 * @example mseLoss(tensor([1, 2]), tensor([1, 4])); // => 2
 */
export function mseLoss(x: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return tidy(() => reduceLoss("mseLoss", square(sub(...widened(x, target))), options.reduction));
}

/**
 * `|x - target|`; gradient 0 where they are equal.
 *
 * @example l1Loss(tensor([1, 2]), tensor([1, 4])); // => 1
 */
export function l1Loss(x: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return tidy(() => reduceLoss("l1Loss", abs(sub(...widened(x, target))), options.reduction));
}

/**
 * `d^2 / (2 beta)` where `d = |x - target| < beta`, otherwise `d - beta / 2`.
 *
 * @param options.beta  where the parabola ends; default 1, 0 is `l1Loss`
 * @throws ArgumentError if beta is negative
 * @see Girshick 2015, arXiv:1504.08083, eq. 3
 * @example smoothL1Loss(tensor([0, 0]), tensor([1, 3])); // => 1.5
 */
export function smoothL1Loss(
  x: Tensor,
  target: Tensor,
  options: LossOptions & { readonly beta?: number } = {},
): Tensor {
  return tidy(() => {
    const { beta = 1, reduction } = options;
    if (!(beta >= 0)) throw new ArgumentError(`smoothL1Loss: beta must not be negative (got ${beta})`);
    if (beta === 0) return l1Loss(x, target, options);
    const difference = sub(...widened(x, target));
    const distance = abs(difference);
    const loss = where(lt(distance, beta), mul(square(difference), 0.5 / beta), sub(distance, 0.5 * beta));
    return reduceLoss("smoothL1Loss", loss, reduction);
  });
}

/**
 * `d^2 / 2` where `d = |x - target| <= delta`, otherwise `delta (d - delta / 2)`.
 *
 * @param options.delta  where the parabola ends; default 1
 * @throws ArgumentError unless delta is positive
 * @see Huber 1964, Robust estimation of a location parameter
 * @example huberLoss(tensor([0, 0]), tensor([1, 3])); // => 1.5
 */
export function huberLoss(
  x: Tensor,
  target: Tensor,
  options: LossOptions & { readonly delta?: number } = {},
): Tensor {
  return tidy(() => {
    const { delta = 1, reduction } = options;
    if (!(delta > 0)) throw new ArgumentError(`huberLoss: delta must be positive (got ${delta})`);
    const difference = sub(...widened(x, target));
    const distance = abs(difference);
    const loss = where(
      le(distance, delta),
      mul(square(difference), 0.5),
      mul(sub(distance, 0.5 * delta), delta),
    );
    return reduceLoss("huberLoss", loss, reduction);
  });
}
