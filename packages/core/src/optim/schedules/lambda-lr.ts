import type { Schedule } from "../schedule.ts";

/**
 * `lr factor(step)`. PyTorch's LambdaLR.
 *
 * @example
 * const lr = lambdaLr({ lr: 0.1, factor: (step) => 1 / (1 + step) });
 * lr(1); // => 0.05
 */
export function lambdaLr(options: {
  readonly lr: number;
  readonly factor: (step: number) => number;
}): Schedule {
  return (step) => options.lr * options.factor(step);
}
