import { requireCount } from "./checks.ts";
import type { Cycle } from "./one-cycle-lr.ts";

export interface CyclicLrOptions {
  readonly baseLr: number;
  readonly maxLr: number;
  /** Steps up. Default 2000. */
  readonly stepSizeUp?: number;
  /** Steps down. Default: as up. */
  readonly stepSizeDown?: number;
  /** How the height goes on: level, halved with each cycle, or times `gamma^step`. Default "triangular". */
  readonly mode?: "triangular" | "triangular2" | "expRange";
  /** For "expRange". Default 1. */
  readonly gamma?: number;
  /** Momentum where the learning rate is highest, and where it is lowest. Defaults 0.8, 0.9. */
  readonly baseMomentum?: number;
  readonly maxMomentum?: number;
}

/**
 * Up and down between two learning rates, in lines; momentum goes the other way. PyTorch's CyclicLR.
 *
 * @throws ArgumentError if a number of steps is no count
 * @see Smith 2017, arXiv:1506.01186
 * @example
 * const { lr, momentum } = cyclicLr({ baseLr: 0.1, maxLr: 0.5, stepSizeUp: 4 });
 * [lr(0), lr(2), lr(4), lr(6), momentum(4)]; // => [0.1, 0.3, 0.5, 0.3, 0.8]
 */
export function cyclicLr(options: CyclicLrOptions): Cycle {
  const { baseLr, maxLr, stepSizeUp = 2000, stepSizeDown = stepSizeUp, mode = "triangular" } = options;
  const { gamma = 1, baseMomentum = 0.8, maxMomentum = 0.9 } = options;
  requireCount("cyclicLr", "stepSizeUp", stepSizeUp);
  requireCount("cyclicLr", "stepSizeDown", stepSizeDown);
  const scales = {
    triangular: () => 1,
    triangular2: (cycle: number) => 0.5 ** cycle,
    expRange: (_: number, step: number) => gamma ** step,
  } as const;
  /** Share of the way from base to maximum. */
  const height = (step: number): number => {
    const length = stepSizeUp + stepSizeDown;
    const cycle = Math.floor(step / length);
    const at = step - cycle * length;
    const triangle = at <= stepSizeUp ? at / stepSizeUp : (length - at) / stepSizeDown;
    return triangle * scales[mode](cycle, step);
  };
  return {
    lr: (step) => baseLr + (maxLr - baseLr) * height(step),
    momentum: (step) => maxMomentum - (maxMomentum - baseMomentum) * height(step),
  };
}
