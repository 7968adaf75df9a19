import type { Parameters } from "../works/work.ts";

/** What a process measures. */
export interface Job {
  readonly work: string;
  readonly variant?: string;
  readonly parameters: Parameters;
  readonly threads: number;
}

/** A program that does our works: one file a peer. */
export interface Peer {
  /** As the table shows it. */
  readonly name: string;
  /** Takes part in every work. */
  readonly ours?: true;
  /** Why it cannot do a job, where that is known beforehand. */
  refuses?(job: Job): string | undefined;
  /** The command of a process that answers as `serve` in run/serve.ts does. */
  command(job: Job): readonly string[];
  /** Environment variables beside those of this process. */
  environment?(job: Job): Readonly<Record<string, string>>;
}
