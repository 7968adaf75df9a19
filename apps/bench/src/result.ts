/** One measurement, as the JSON file has it. */
export interface Result {
  readonly work: string;
  readonly config: string;
  readonly peer: string;
  /** Of the peer, and what else decides its speed: the engine, SIMD, BLAS. */
  readonly version: string;
  readonly threads: number;
  /** Of one call; null where there is an error. */
  readonly median_ms: number | null;
  readonly min_ms: number | null;
  /** From the median. */
  readonly rate: number | null;
  readonly unit: string;
  /** Half of the samples lie within so much of each other, as a share of the median. */
  readonly spread: number | null;
  /** Memory that one call needed beyond its operands and results; null where that was not measured. */
  readonly peak_bytes: number | null;
  /** Of weights that one call reads at least, where memory is its limit; else null. */
  readonly read_bytes: number | null;
  /** Why there is no figure; null where there is one. */
  readonly error: string | null;
}
