import { createInterface } from "node:readline";
import { openHost, type ServedJob } from "../peers/hosts.ts";
import { callsPerSample, sampleFor, slow } from "./measure.ts";

/** The first line of a peer's process. */
export interface Hello {
  readonly version: string;
  /** See `Prepared`. */
  readonly check: number | string;
  /** Of the first call, beyond operands and results; null where the peer cannot tell. */
  readonly peak_bytes: number | null;
}

/**
 * A peer's process: sets up and warms up, says hello in one line of JSON, then answers each line of its input, a number
 * of seconds, with the times of calls in so many seconds, ms, as a JSON array. Ends with its input.
 */
export async function serve(job: ServedJob): Promise<void> {
  console.log = console.error; // libraries talk; the output is for answers
  const host = await openHost(job);
  try {
    const prepared = await host.prepare(job);
    const measured = {
      call: () => prepared.call(),
      sync: () => host.sync(),
      ...(host.sampleLength !== undefined && { sampleLength: host.sampleLength }),
      ...(prepared.sample && { sample: () => prepared.sample!() }),
    };
    const start = performance.now();
    const peak = prepared.sample ? null : await host.peakBytes(() => prepared.call());
    const first = performance.now() - start;
    const peak_bytes = peak === null ? null : Math.max(0, peak - (prepared.outputBytes ?? 0));
    const check = await prepared.check();
    const calls = peak !== null && first > slow ? 1 : await callsPerSample(measured);
    say({ version: host.version, check, peak_bytes } satisfies Hello);
    for await (const line of createInterface({ input: process.stdin })) {
      say(await sampleFor(measured, calls, Number(line)));
    }
  } catch (error) {
    console.error(error); // before close(), which may end this process
    process.exitCode = 1;
  } finally {
    await host.close();
  }
}

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
