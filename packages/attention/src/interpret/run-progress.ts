import { ArgumentError } from "@saccade/core";

/** How far something has come that runs a model many times. */
export interface RunProgress {
  /** Runs of the model so far. */
  readonly done: number;
  /** How many there will be. */
  readonly total: number;
}

/** What tells how far it has come. */
export interface ProgressOption {
  /** Told behind each run, from the first on by which it is known how many there will be. */
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
}

/** Tells of one more run each time that it is called. */
export function runCounter(
  owner: string,
  { onProgress }: ProgressOption,
  already: number,
): (total: number) => void {
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new ArgumentError(`${owner}: onProgress must be a function (got ${String(onProgress)})`);
  }
  let done = already;
  return (total) => onProgress?.({ done: ++done, total });
}
