import type { Schedule } from "../schedule.ts";
import { requireCount } from "./checks.ts";

/**
 * `lr (1 - step / totalIters)^power`, then 0 (defaults 5, 1). PyTorch's PolynomialLR.
 *
 * @throws ArgumentError if `totalIters` is no count
 * @example
 * const lr = polynomialLr({ lr: 0.1, totalIters: 4, power: 2 });
 * [lr(0), lr(2), lr(4)]; // => [0.1, 0.025, 0]
 */
export function polynomialLr(options: {
  readonly lr: number;
  readonly totalIters?: number;
  readonly power?: number;
}): Schedule {
  const { lr, totalIters = 5, power = 1 } = options;
  requireCount("polynomialLr", "totalIters", totalIters);
  return (step) => lr * (1 - Math.min(step, totalIters) / totalIters) ** power;
}
