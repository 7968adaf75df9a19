/** What lives: tensor handles, storages and bytes, now and at most. */
export interface MemoryReport {
  /** Tensor handles not yet disposed, those that tapes hold included. */
  readonly tensors: number;
  /** Buffers not yet freed; several tensors may share one. */
  readonly buffers: number;
  /** Bytes of those buffers. */
  readonly bytes: number;
  /** The most bytes that lived at one time since the start, or since `resetPeak()`. */
  readonly peakBytes: number;
}

class MemoryCounters {
  tensors = 0;
  buffers = 0;
  bytes = 0;
  peakBytes = 0;

  allocated(bytes: number): void {
    this.buffers++;
    this.bytes += bytes;
    if (this.bytes > this.peakBytes) this.peakBytes = this.bytes;
  }

  freed(bytes: number): void {
    this.buffers--;
    this.bytes -= bytes;
  }
}

export const memoryCounters: MemoryCounters = new MemoryCounters();

/**
 * Live tensors and bytes, over all backends.
 *
 * @example
 * const before = memory().bytes;
 * tidy(() => zeros([1000]).add(1));
 * console.log(memory().bytes - before); // 0
 */
export function memory(): MemoryReport {
  const { tensors, buffers, bytes, peakBytes } = memoryCounters;
  return { tensors, buffers, bytes, peakBytes };
}

/** Starts the measurement of `memory().peakBytes` anew, from what lives now. */
export function resetPeak(): void {
  memoryCounters.peakBytes = memoryCounters.bytes;
}
