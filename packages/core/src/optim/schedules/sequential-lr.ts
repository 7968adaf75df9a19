import { ArgumentError } from "../../errors.ts";
import { type Schedule, type Scheduled, valueAt } from "../schedule.ts";
import { requireAscending } from "./checks.ts";

/**
 * One schedule after the other: the next begins, at its own step 0, at each milestone. PyTorch's SequentialLR.
 *
 * @throws ArgumentError unless there is one milestone less than schedules, and they ascend
 * @example
 * const lr = sequentialLr({ schedules: [linearLr({ lr: 0.1, startFactor: 0.2, totalIters: 4 }), stepLr({ lr: 0.1, stepSize: 2 })], milestones: [4] });
 * [lr(0), lr(4), lr(6)]; // => [0.02, 0.1, 0.01]
 */
export function sequentialLr(options: {
  readonly schedules: readonly Scheduled[];
  readonly milestones: readonly number[];
}): Schedule {
  const { schedules, milestones } = options;
  if (schedules.length !== milestones.length + 1) {
    throw new ArgumentError(
      `sequentialLr: ${schedules.length} schedules need ${schedules.length - 1} milestones (got ${milestones.length})`,
    );
  }
  requireAscending("sequentialLr", "milestones", milestones);
  return (step) => {
    const i = milestones.filter((milestone) => milestone <= step).length;
    return valueAt(schedules[i], i === 0 ? step : step - milestones[i - 1]);
  };
}
