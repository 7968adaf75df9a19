import type { Prepared } from "../works/work.ts";
import type { Job } from "./peer.ts";

/** A library in its process, set up for a number of threads. */
export interface Host {
  /** Of the library, and what else decides its speed. */
  readonly version: string;
  /** A sample is at least so long, ms, where that is more than for others. */
  readonly sampleLength?: number;
  /** @throws Error where the library cannot do that work, with the reason */
  prepare(job: Job): Promise<Prepared>;
  /** Ends when every call before it has been carried out. */
  sync(): Promise<void>;
  /** The most memory that lives during a call, beyond what lived before; null where that cannot be told. */
  peakBytes(call: () => void | Promise<void>): Promise<number | null>;
  close(): Promise<void>;
}

/** How a library does the works, by name. */
export type Programs = Readonly<Record<string, (job: Job) => Promise<Prepared>>>;

/** @throws Error for a work that the library has no program for */
export function programOf(peer: string, programs: Programs, work: string): Programs[string] {
  const program = programs[work];
  if (!program) throw new Error(`${peer} has no program for "${work}"`);
  return program;
}
