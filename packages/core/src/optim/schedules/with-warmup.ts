import { ArgumentError } from "../../errors.ts";
import type { Schedule } from "../schedule.ts";
import { requireCount } from "./checks.ts";

export interface WarmupOptions {
  /** The learning rate at the end of the warm-up. */
  readonly lr: number;
  /** Steps of a line from 0 to `lr`. */
  readonly warmupSteps: number;
}

export interface WarmupDecayOptions extends WarmupOptions {
  /** Steps of all, those of the warm-up included. */
  readonly totalSteps: number;
}

/** A line from 0, then `lr after(step)`. */
function warmedUp(name: string, { lr, warmupSteps }: WarmupOptions, after: Schedule): Schedule {
  requireCount(name, "warmupSteps", warmupSteps, 0);
  return (step) => lr * (step < warmupSteps ? step / warmupSteps : after(step));
}

/** How far a step is between the end of the warm-up and the end of all, unclipped. */
function progressOf(name: string, { warmupSteps, totalSteps }: WarmupDecayOptions): Schedule {
  requireCount(name, "totalSteps", totalSteps);
  const length = Math.max(1, totalSteps - warmupSteps);
  return (step) => (step - warmupSteps) / length;
}

/**
 * A line up to `lr`, then level. Transformers' `get_constant_schedule_with_warmup`.
 *
 * @throws ArgumentError if `warmupSteps` is no count
 * @example
 * const lr = constantWithWarmup({ lr: 0.1, warmupSteps: 2 });
 * [lr(0), lr(1), lr(2), lr(9)]; // => [0, 0.05, 0.1, 0.1]
 */
export function constantWithWarmup(options: WarmupOptions): Schedule {
  return warmedUp("constantWithWarmup", options, () => 1);
}

/**
 * A line up to `lr`, and one down to 0. Transformers' `get_linear_schedule_with_warmup`.
 *
 * @throws ArgumentError if a number of steps is no count
 * @example
 * const lr = linearWithWarmup({ lr: 0.1, warmupSteps: 2, totalSteps: 6 });
 * [lr(1), lr(2), lr(4), lr(6)]; // => [0.05, 0.1, 0.05, 0]
 */
export function linearWithWarmup(options: WarmupDecayOptions): Schedule {
  const { warmupSteps, totalSteps } = options;
  requireCount("linearWithWarmup", "totalSteps", totalSteps);
  const length = Math.max(1, totalSteps - warmupSteps);
  return warmedUp("linearWithWarmup", options, (step) => Math.max(0, (totalSteps - step) / length));
}

/**
 * A line up to `lr`, then `minLr + (lr - minLr) (1 + cos(2 pi numCycles progress)) / 2`: with the default of half a
 * cycle down to `minLr` (default 0). Transformers' `get_cosine_schedule_with_warmup`.
 *
 * @throws ArgumentError if a number of steps is no count
 * @example
 * const lr = cosineWithWarmup({ lr: 0.1, warmupSteps: 2, totalSteps: 6 });
 * [lr(1), lr(2), lr(4), lr(6)]; // => [0.05, 0.1, 0.05, 0]
 * const floored = cosineWithWarmup({ lr: 0.1, warmupSteps: 2, totalSteps: 6, minLr: 0.02 });
 * [floored(2), floored(4), floored(6)]; // => [0.1, 0.06, 0.02]
 */
export function cosineWithWarmup(
  options: WarmupDecayOptions & { readonly numCycles?: number; readonly minLr?: number },
): Schedule {
  const { lr, numCycles = 0.5, minLr = 0 } = options;
  const progress = progressOf("cosineWithWarmup", options);
  const floor = minLr / lr;
  return warmedUp("cosineWithWarmup", options, (step) => {
    const height = Math.max(0, (1 + Math.cos(2 * Math.PI * numCycles * progress(step))) / 2);
    return floor + (1 - floor) * height;
  });
}

/**
 * A line up to `lr`, then `numCycles` (default 1) half cosines down to 0, each from the top; 0 in the end.
 * Transformers' `get_cosine_with_hard_restarts_schedule_with_warmup`.
 *
 * @throws ArgumentError if a number is no count
 * @example
 * const lr = cosineWithHardRestarts({ lr: 0.1, warmupSteps: 0, totalSteps: 8, numCycles: 2 });
 * [lr(0), lr(2), lr(4), lr(6), lr(8)]; // => [0.1, 0.05, 0.1, 0.05, 0]
 */
export function cosineWithHardRestarts(
  options: WarmupDecayOptions & { readonly numCycles?: number },
): Schedule {
  const { numCycles = 1 } = options;
  requireCount("cosineWithHardRestarts", "numCycles", numCycles);
  const progress = progressOf("cosineWithHardRestarts", options);
  return warmedUp("cosineWithHardRestarts", options, (step) => {
    const done = progress(step);
    return done >= 1 ? 0 : (1 + Math.cos(Math.PI * ((numCycles * done) % 1))) / 2;
  });
}

/**
 * A line up to `lr`, then a polynomial down to `lrEnd` (default 1e-7): `(lr - lrEnd) (1 - progress)^power + lrEnd`.
 * Transformers' `get_polynomial_decay_schedule_with_warmup`.
 *
 * @throws ArgumentError if a number of steps is no count, or `lrEnd` is not below `lr`
 * @example
 * const lr = polynomialWithWarmup({ lr: 0.1, warmupSteps: 2, totalSteps: 6, lrEnd: 0.02, power: 2 });
 * [lr(1), lr(2), lr(4), lr(6)]; // => [0.05, 0.1, 0.04, 0.02]
 */
export function polynomialWithWarmup(
  options: WarmupDecayOptions & { readonly lrEnd?: number; readonly power?: number },
): Schedule {
  const { lr, lrEnd = 1e-7, power = 1 } = options;
  if (!(lr > lrEnd)) {
    throw new ArgumentError(`polynomialWithWarmup: lrEnd must be below lr (got ${lrEnd}, ${lr})`);
  }
  const progress = progressOf("polynomialWithWarmup", options);
  return warmedUp("polynomialWithWarmup", options, (step) => {
    const left = Math.max(0, 1 - progress(step));
    return ((lr - lrEnd) * left ** power + lrEnd) / lr;
  });
}

/**
 * A line up to `lr`, then `lr sqrt(timescale / (step - warmupSteps + timescale))`; `timescale` is `warmupSteps` unless
 * told otherwise (10,000 without warm-up). Transformers' `get_inverse_sqrt_schedule`.
 *
 * @throws ArgumentError if `warmupSteps` or `timescale` is no count
 * @example
 * const lr = inverseSqrtWithWarmup({ lr: 0.1, warmupSteps: 4 });
 * [lr(2), lr(4), lr(16)]; // => [0.05, 0.1, 0.05]
 */
export function inverseSqrtWithWarmup(options: WarmupOptions & { readonly timescale?: number }): Schedule {
  const { warmupSteps, timescale = warmupSteps || 10_000 } = options;
  requireCount("inverseSqrtWithWarmup", "timescale", timescale);
  return warmedUp("inverseSqrtWithWarmup", options, (step) =>
    Math.sqrt(timescale / (step - warmupSteps + timescale)),
  );
}
