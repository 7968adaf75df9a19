/**
 * A number as a function of the step: 0 for the first one. Computed in f64 on the host. Being pure, it needs no state:
 * where training goes on is where the schedule goes on.
 */
export type Schedule = (step: number) => number;

/** A number, or a schedule of it. */
export type Scheduled = number | Schedule;

/** The value in force at a step. */
export function valueAt(value: Scheduled, step: number): number {
  return typeof value === "number" ? value : value(step);
}
