/** How far a run is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is left, s, if it goes on as it did. */
  readonly secondsLeft: number;
}

/** Follows a run of so many parts with so much work each, in any unit. */
export function trackProgress(
  parts: readonly number[],
  now: () => number = () => performance.now(),
): { finished(): Progress } {
  const start = now();
  const whole = parts.reduce((a, b) => a + b, 0);
  let done = 0;
  let past = 0;
  return {
    finished() {
      past += parts[done++];
      const secondsLeft = (((now() - start) / 1000) * (whole - past)) / past;
      return { done, total: parts.length, secondsLeft };
    },
  };
}

/** `[3/8] about 2 min left` */
export function formatProgress({ done, total, secondsLeft }: Progress): string {
  const head = `[${done}/${total}]`;
  if (done === total) return `${head} done`;
  const left = secondsLeft < 90 ? `${Math.ceil(secondsLeft)} s` : `${Math.round(secondsLeft / 60)} min`;
  return `${head} about ${left} left`;
}
