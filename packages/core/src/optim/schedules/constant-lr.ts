import type { Schedule } from "../schedule.ts";
import { requireCount } from "./checks.ts";

/**
 * The same number at every step.
 *
 * @example
 * const lr = constant(0.1);
 * lr(1000); // => 0.1
 */
export function constant(lr: number): Schedule {
  return () => lr;
}

/**
 * `factor lr` for the first `totalIters` steps (default 1/3 and 5), then `lr`. PyTorch's ConstantLR.
 *
 * @throws ArgumentError if `totalIters` is no count
 * @example
 * const lr = constantLr({ lr: 0.1, factor: 0.5, totalIters: 4 });
 * [lr(3), lr(4)]; // => [0.05, 0.1]
 */
export function constantLr(options: {
  readonly lr: number;
  readonly factor?: number;
  readonly totalIters?: number;
}): Schedule {
  const { lr, factor = 1 / 3, totalIters = 5 } = options;
  requireCount("constantLr", "totalIters", totalIters, 0);
  return (step) => (step < totalIters ? lr * factor : lr);
}
