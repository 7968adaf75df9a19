/** How the steps of a sequence are cut into workgroups. */
export interface Plan {
  /** Invocations of a workgroup. */
  readonly group: 128 | 256;
  /** Sequences of a workgroup: a weight is read once for all of them. */
  readonly rows: 1 | 4 | 8;
  /** Invocations that share the dot products of one unit. */
  readonly lanes: 8 | 16 | 32;
  /** Steps of a dispatch. More than one where a workgroup has all units of its sequences. */
  readonly steps: number;
}

/** What one step computes. */
export interface StepSizes {
  readonly batch: number;
  readonly units: number;
  /** Dot products of a unit, and their length. */
  readonly sums: number;
  readonly depth: number;
}

/**
 * Processors of a large GPU (an NVIDIA H200). A step that no workgroup can wait for within a dispatch costs a dispatch:
 * some microseconds. One processor multiplies and adds about 20,000 times in as many.
 */
const PROCESSORS = 132;
const ONE_PROCESSOR = 2 ** 15;
/** What one dispatch may take: drivers end those that take seconds. */
const STEPS_TOGETHER = 256;

/** Sizes alone decide, so that tests in software run what hardware runs. By counting: not measured. */
export function planOf({ batch, units, sums, depth }: StepSizes): Plan {
  if (sums * depth * units <= ONE_PROCESSOR) {
    return { group: 256, rows: batch <= PROCESSORS ? 1 : 4, lanes: 8, steps: STEPS_TOGETHER };
  }
  const group = 128;
  const rows = batch > 4 ? 8 : batch > 1 ? 4 : 1;
  const groups = (lanes: number): number => Math.ceil((units * lanes) / group) * Math.ceil(batch / rows);
  // More lanes where units are too few to keep all processors busy twice over.
  const lanes = ([8, 16] as const).find((n) => groups(n) >= 2 * PROCESSORS || 8 * n >= depth) ?? 32;
  return { group, rows, lanes, steps: 1 };
}
