import type { Schedule } from "../schedule.ts";
import { requireAscending, requireCount } from "./checks.ts";

/**
 * `lr gamma^floor(step / stepSize)`; gamma 0.1 by default. PyTorch's StepLR.
 *
 * @throws ArgumentError if `stepSize` is no count
 * @example
 * const lr = stepLr({ lr: 0.1, stepSize: 10, gamma: 0.5 });
 * [lr(9), lr(10), lr(20)]; // => [0.1, 0.05, 0.025]
 */
export function stepLr(options: {
  readonly lr: number;
  readonly stepSize: number;
  readonly gamma?: number;
}): Schedule {
  const { lr, stepSize, gamma = 0.1 } = options;
  requireCount("stepLr", "stepSize", stepSize);
  return (step) => lr * gamma ** Math.floor(step / stepSize);
}

/**
 * `lr gamma^n` after n of the milestones; gamma 0.1 by default. PyTorch's MultiStepLR.
 *
 * @throws ArgumentError unless the milestones ascend
 * @example
 * const lr = multiStepLr({ lr: 0.1, milestones: [5, 8], gamma: 0.5 });
 * [lr(4), lr(5), lr(8)]; // => [0.1, 0.05, 0.025]
 */
export function multiStepLr(options: {
  readonly lr: number;
  readonly milestones: readonly number[];
  readonly gamma?: number;
}): Schedule {
  const { lr, milestones, gamma = 0.1 } = options;
  requireAscending("multiStepLr", "milestones", milestones);
  return (step) => lr * gamma ** milestones.filter((milestone) => milestone <= step).length;
}

/**
 * `lr gamma^step`. PyTorch's ExponentialLR.
 *
 * @example
 * const lr = exponentialLr({ lr: 0.1, gamma: 0.5 });
 * lr(2); // => 0.025
 */
export function exponentialLr(options: { readonly lr: number; readonly gamma: number }): Schedule {
  return (step) => options.lr * options.gamma ** step;
}
