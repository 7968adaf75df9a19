import type { Schedule } from "../schedule.ts";
import { requireCount } from "./checks.ts";

/**
 * `etaMin + (lr - etaMin) (1 + cos(pi step / tMax)) / 2`: down to `etaMin` at step `tMax`, and up again. PyTorch's
 * CosineAnnealingLR.
 *
 * @throws ArgumentError if `tMax` is no count
 * @see Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5
 * @example
 * const lr = cosineAnnealingLr({ lr: 0.1, tMax: 10 });
 * [lr(0), lr(5), lr(10)]; // => [0.1, 0.05, 0]
 */
export function cosineAnnealingLr(options: {
  readonly lr: number;
  readonly tMax: number;
  readonly etaMin?: number;
}): Schedule {
  const { lr, tMax, etaMin = 0 } = options;
  requireCount("cosineAnnealingLr", "tMax", tMax);
  return (step) => anneal(lr, etaMin, step / tMax);
}

/**
 * Cosine annealing that starts anew: after `t0` steps, then after `t0 tMult`, `t0 tMult^2` ... PyTorch's
 * CosineAnnealingWarmRestarts.
 *
 * @throws ArgumentError if `t0` or `tMult` is no count
 * @see Loshchilov & Hutter 2017, arXiv:1608.03983
 * @example
 * const lr = cosineAnnealingWarmRestarts({ lr: 0.1, t0: 2, tMult: 2 });
 * [lr(1), lr(2), lr(4), lr(6)]; // => [0.05, 0.1, 0.05, 0.1]
 */
export function cosineAnnealingWarmRestarts(options: {
  readonly lr: number;
  readonly t0: number;
  readonly tMult?: number;
  readonly etaMin?: number;
}): Schedule {
  const { lr, t0, tMult = 1, etaMin = 0 } = options;
  requireCount("cosineAnnealingWarmRestarts", "t0", t0);
  requireCount("cosineAnnealingWarmRestarts", "tMult", tMult);
  return (step) => {
    let [start, length] = [0, t0];
    if (tMult === 1) start = Math.floor(step / t0) * t0;
    while (step >= start + length) {
      start += length;
      length *= tMult;
    }
    return anneal(lr, etaMin, (step - start) / length);
  };
}

function anneal(lr: number, etaMin: number, progress: number): number {
  return etaMin + ((lr - etaMin) * (1 + Math.cos(Math.PI * progress))) / 2;
}
