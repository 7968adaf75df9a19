import type { Schedule } from "../schedule.ts";
import { requireCount } from "./checks.ts";

/**
 * `factor embedDim^-0.5 min(t^-0.5, t warmupSteps^-1.5)` with t = step + 1: the schedule of the first Transformer.
 *
 * @throws ArgumentError unless `embedDim` and `warmupSteps` are counts
 * @see Vaswani et al. 2017, arXiv:1706.03762, eq. 3
 * @example
 * const lr = noam({ embedDim: 64, warmupSteps: 16 });
 * [lr(0), lr(15), lr(63)]; // => [0.001953125, 0.03125, 0.015625]
 */
export function noam(options: {
  readonly embedDim: number;
  readonly warmupSteps: number;
  readonly factor?: number;
}): Schedule {
  const { embedDim, warmupSteps, factor = 1 } = options;
  requireCount("noam", "embedDim", embedDim);
  requireCount("noam", "warmupSteps", warmupSteps);
  return (step) =>
    (factor * Math.min((step + 1) ** -0.5, (step + 1) * warmupSteps ** -1.5)) / Math.sqrt(embedDim);
}
