import { bufferUsage, MAP_READ } from "./flags.ts";

/** Timestamps of one query set: two a pass. */
const QUERIES = 1024;

/** One dispatch: nanoseconds from the first one of the profile. */
export interface TimedDispatch {
  readonly kernel: string;
  readonly start: number;
  readonly end: number;
}

/** What one kernel took in all. */
export interface KernelTime {
  readonly kernel: string;
  readonly dispatches: number;
  readonly milliseconds: number;
}

interface Batch {
  readonly labels: readonly string[];
  readonly resolved: GPUBuffer;
  readonly staging: GPUBuffer;
}

/** Times every dispatch by timestamp queries, one compute pass each: slower than without, and each for itself. */
export class Profiler {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet;
  readonly #batches: Batch[] = [];
  #labels: string[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#queries = device.createQuerySet({ type: "timestamp", count: QUERIES });
  }

  /** No room for another dispatch before a submission. */
  get full(): boolean {
    return 2 * this.#labels.length >= QUERIES;
  }

  /** The descriptor of a dispatch's pass. */
  begin(label: string): GPUComputePassDescriptor {
    const first = 2 * this.#labels.length;
    this.#labels.push(label);
    return {
      timestampWrites: {
        querySet: this.#queries,
        beginningOfPassWriteIndex: first,
        endOfPassWriteIndex: first + 1,
      },
    };
  }

  /** Right before a submission: its times are copied to where they can be read. */
  resolve(encoder: GPUCommandEncoder): void {
    if (this.#labels.length === 0) return;
    const size = 16 * this.#labels.length;
    const { queryResolve, copySource, copyDestination, mapRead } = bufferUsage;
    const resolved = this.#device.createBuffer({ size, usage: queryResolve | copySource });
    const staging = this.#device.createBuffer({ size, usage: copyDestination | mapRead });
    encoder.resolveQuerySet(this.#queries, 0, 2 * this.#labels.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
    this.#batches.push({ labels: this.#labels, resolved, staging });
    this.#labels = [];
  }

  /** All dispatches in order, once they have run. */
  async times(): Promise<TimedDispatch[]> {
    const dispatches: TimedDispatch[] = [];
    let origin: bigint | undefined;
    for (const { labels, staging } of this.#batches) {
      await staging.mapAsync(MAP_READ);
      const times = new BigUint64Array(staging.getMappedRange().slice(0));
      origin ??= times[0];
      for (let i = 0; i < labels.length; i++) {
        const start = Number(times[2 * i] - origin);
        dispatches.push({ kernel: labels[i], start, end: Number(times[2 * i + 1] - origin) });
      }
    }
    return dispatches;
  }

  dispose(): void {
    for (const { resolved, staging } of this.#batches) {
      resolved.destroy();
      staging.destroy();
    }
    this.#queries.destroy();
  }
}

/** The kernels of a profile, those first that took longest. */
export function kernelTimes(dispatches: readonly TimedDispatch[]): KernelTime[] {
  const times = new Map<string, { dispatches: number; milliseconds: number }>();
  for (const { kernel, start, end } of dispatches) {
    const name = nameOf(kernel);
    const entry = times.get(name) ?? { dispatches: 0, milliseconds: 0 };
    entry.dispatches += 1;
    entry.milliseconds += (end - start) / 1e6;
    times.set(name, entry);
  }
  return [...times]
    .map(([kernel, entry]) => ({ kernel, ...entry }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

/** Of what was joined, the names of all. */
function nameOf(kernel: string): string {
  return kernel
    .split(" + ")
    .map((key) => key.split("/")[0])
    .join(" + ");
}

/** The dispatches as Chrome's tracing format has them: for `chrome://tracing` or Perfetto. */
export function chromeTrace(dispatches: readonly TimedDispatch[]): string {
  const traceEvents = dispatches.map(({ kernel, start, end }) => ({
    name: kernel,
    ph: "X",
    pid: 0,
    tid: 0,
    ts: start / 1e3, // microseconds
    dur: (end - start) / 1e3,
  }));
  return JSON.stringify({ traceEvents });
}
