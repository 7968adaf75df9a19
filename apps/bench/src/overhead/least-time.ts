const WARM_UP_MS = 400;
const SAMPLES = 60;
/** Of a sample, at least. */
const SAMPLE_MS = 4;

/** The least time of one run, us: what else the machine does only adds to it. */
export function leastTime(run: () => void): number {
  const begun = performance.now();
  let runs = 0;
  while (performance.now() - begun < WARM_UP_MS) {
    run();
    runs += 1;
  }
  const each = Math.max(1, Math.ceil((SAMPLE_MS * runs) / WARM_UP_MS));
  let least = Number.POSITIVE_INFINITY;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = performance.now();
    for (let i = 0; i < each; i++) run();
    least = Math.min(least, (performance.now() - start) / each);
  }
  return 1000 * least;
}
