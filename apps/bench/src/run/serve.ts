import { createInterface } from "node:readline";
import { setBackend, zeros } from "@saccade/core";
import coreManifest from "@saccade/core/package.json" with { type: "json" };
import { createCpuBackend } from "@saccade/cpu-kernels";
import type { SaccadeJob } from "../peers/saccade.ts";
import { workNamed } from "../works/index.ts";
import { callsPerSample, sampleFor } from "./measure.ts";

/** The first line of a peer's process. */
export interface Hello {
  readonly version: string;
  /** See `Prepared`. */
  readonly check: number;
}

/**
 * A peer's process: sets up and warms up, says hello in one line of JSON, then answers each line of its input, a number
 * of seconds, with the times of calls in so many seconds, ms, as a JSON array. Ends with its input.
 */
export async function serve(job: SaccadeJob): Promise<void> {
  const { threads, simd, blas } = job;
  const backend = await createCpuBackend({ threads, simd, blas });
  setBackend(backend);
  try {
    const { call, check } = workNamed(job.work).prepare(job.parameters, backend);
    const probe = zeros([]);
    const measured = { call, sync: async () => void (await probe.item()) };
    const calls = await callsPerSample(measured);
    const facts = backend.info();
    const version = `${coreManifest.version} (Node ${process.versions.node}, SIMD ${facts.simd}, BLAS ${facts.blas})`;
    say({ version, check: await check() } satisfies Hello);
    for await (const line of createInterface({ input: process.stdin })) {
      say(await sampleFor(measured, calls, Number(line)));
    }
  } finally {
    await backend.dispose();
  }
}

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
