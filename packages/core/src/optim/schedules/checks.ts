import { ArgumentError } from "../../errors.ts";

/** @throws ArgumentError unless it is an integer of at least `least` */
export function requireCount(schedule: string, option: string, value: number, least = 1): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new ArgumentError(`${schedule}: ${option} must be an integer of at least ${least} (got ${value})`);
}

/** @throws ArgumentError unless the steps ascend */
export function requireAscending(schedule: string, option: string, steps: readonly number[]): void {
  const ascends = steps.every((step, i) => Number.isInteger(step) && (i === 0 || step > steps[i - 1]));
  if (!ascends) throw new ArgumentError(`${schedule}: ${option} must ascend (got ${steps.join(", ")})`);
}
