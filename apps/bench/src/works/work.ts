import type { Backend } from "@saccade/core";

/** Numbers that fix what is computed; they go to every peer as they are. */
export type Parameters = Readonly<Record<string, number>>;

/** One size of a work. */
export interface WorkConfig {
  readonly name: string;
  readonly parameters: Parameters;
  /** What one call does, in the work's unit times seconds: billions of operations, tokens. */
  readonly amount: number;
}

/** A work that is set up on a backend. */
export interface Prepared {
  /** Does it once. The backend may still be at it when this returns. */
  call(): void;
  /** A number that every peer finds too: that they do the same. */
  check(): Promise<number>;
}

/** Something to measure: one file a work. */
export interface Work {
  readonly name: string;
  /** Of `rate`. */
  readonly unit: "GFLOP/s" | "tokens/s";
  readonly configs: readonly WorkConfig[];
  /** Sets up the work, on the default backend. */
  prepare(parameters: Parameters, backend: Backend): Prepared;
}
