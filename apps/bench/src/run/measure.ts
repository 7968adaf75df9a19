/** What is timed: calls, and waiting for them. */
export interface Measured {
  call(): void | Promise<void>;
  /** Does it once and tells how long it took, ms: for what is timed elsewhere. */
  sample?(): Promise<number>;
  /** Ends when every call before it has been carried out. */
  sync(): Promise<void>;
  /** A sample is at least so long, ms. Default: 2. */
  readonly sampleLength?: number;
}

/** Far above what the clock and the waiting cost. */
const defaultLength = 2;
/** Before the first sample that counts, ms: the engine compiles what it runs often. */
const warmUp = 300;
/** What is so slow, ms, is warm after one call. */
export const slow = 2000;

/** Milliseconds of one call, from `calls` of them; the waiting for the last is timed too. */
async function sample(measured: Measured, calls: number): Promise<number> {
  if (measured.sample) return measured.sample();
  const start = performance.now();
  for (let i = 0; i < calls; i++) {
    const done = measured.call();
    if (done) await done;
  }
  await measured.sync();
  return (performance.now() - start) / calls;
}

/** Warms up, and tells how many calls make a sample. */
export async function callsPerSample(measured: Measured): Promise<number> {
  const { sampleLength = defaultLength } = measured;
  const start = performance.now();
  let calls = 1;
  let fastest = Number.POSITIVE_INFINITY;
  for (let samples = 0, past = 0; past < warmUp || (samples < 3 && past < slow); samples++) {
    fastest = Math.min(fastest, await sample(measured, calls));
    calls = Math.max(1, Math.ceil(sampleLength / fastest));
    past = performance.now() - start;
  }
  return calls;
}

/** Samples for some seconds: at least one. */
export async function sampleFor(measured: Measured, calls: number, seconds: number): Promise<number[]> {
  const end = performance.now() + seconds * 1000;
  const times: number[] = [];
  do times.push(await sample(measured, calls));
  while (performance.now() < end);
  return times;
}

/** The width of the middle half of the values, over their median. */
export function spread(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))];
  return (at(0.75) - at(0.25)) / median(values);
}

/** @throws RangeError for no values */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("median: there are no values");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
