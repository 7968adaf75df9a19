import type { Schedule } from "../schedule.ts";
import { requireCount } from "./checks.ts";

/**
 * From `startFactor lr` in a line to `endFactor lr` at step `totalIters`, then level (defaults 1/3, 1, 5). PyTorch's
 * LinearLR.
 *
 * @throws ArgumentError if `totalIters` is no count
 * @example
 * const lr = linearLr({ lr: 0.1, startFactor: 0.5, totalIters: 4 });
 * [lr(0), lr(2), lr(4), lr(9)]; // => [0.05, 0.075, 0.1, 0.1]
 */
export function linearLr(options: {
  readonly lr: number;
  readonly startFactor?: number;
  readonly endFactor?: number;
  readonly totalIters?: number;
}): Schedule {
  const { lr, startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = options;
  requireCount("linearLr", "totalIters", totalIters);
  return (step) => lr * (startFactor + ((endFactor - startFactor) * Math.min(step, totalIters)) / totalIters);
}
