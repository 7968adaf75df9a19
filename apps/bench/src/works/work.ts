import type { Backend } from "@saccade/core";

/** Numbers that fix what is computed; they go to every peer as they are. */
export type Parameters = Readonly<Record<string, number>>;

/** One size of a work. */
export interface WorkConfig {
  readonly name: string;
  readonly parameters: Parameters;
  /** Where it is another than the work's. */
  readonly unit?: Work["unit"];
  /** Which of several things the work does, where it does several. */
  readonly variant?: string;
  /** It takes minutes on slow peers: measured only where that is asked for. */
  readonly long?: boolean;
  /** Of weights that one call reads at least: over the bandwidth of reading, they tell how much of the limit is reached. */
  readonly readBytes?: number;
  /** What one call does, in the work's unit times seconds: billions of operations or bytes, tokens, ops. */
  readonly amount: number;
}

/** A work that is set up on a backend. */
export interface Prepared {
  /** Does it once. The backend may still be at it when this returns, or is done when the promise is kept. */
  call(): void | Promise<void>;
  /** For what is timed elsewhere: does it once and tells how long it took, ms. */
  sample?(): Promise<number>;
  /** Of the results that a call hands out: they are no overhead. */
  readonly outputBytes?: number;
  /** A number that every peer finds too, nearly, after one call, or a text that is the same: that they do the same. */
  check(): Promise<number | string>;
}

/** Something to measure: one file a work. */
export interface Work {
  readonly name: string;
  /** Of `rate`. */
  readonly unit: "GFLOP/s" | "tokens/s" | "GB/s" | "MB/s" | "us/op" | "ms";
  readonly configs: readonly WorkConfig[];
  /** The sizes that fill a GPU. Where they are absent, it is not measured there. */
  readonly gpu?: readonly WorkConfig[];
  /** Names of the others that take part. */
  readonly rivals: readonly string[];
  /** Measured before it in the same run: what its results are shares of. */
  readonly limit?: Work;
  /** No backend takes part: ours is measured once, and all on one thread. */
  readonly single?: boolean;
  /** Its processes hold so much memory that those of one number of threads run at a time. */
  readonly large?: boolean;
  /** Sets up the work, on the default backend. */
  prepare(parameters: Parameters, backend: Backend, variant?: string): Prepared | Promise<Prepared>;
}

/** What computes: each has its own sizes. */
export type Processor = "cpu" | "gpu";

/** The libraries that compute with tensors. */
export const tensorLibraries = [
  "tfjs-wasm",
  "tfjs-cpu",
  "jax-js",
  "onnxruntime-node",
  "onnxruntime-web",
  "pytorch",
  "pytorch-cuda",
] as const;
