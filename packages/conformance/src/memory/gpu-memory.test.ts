import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { expect, test } from "vitest";
import { memoryChange } from "../runner/live-memory.ts";
import { trainingLoop } from "./training-loop.ts";

const notRun = gpuTests.leftOut;
/** More than a test has time for: 10,000. */
const steps = Number(process.env.SACCADE_MEMORY_STEPS ?? 1500);
/** What the process may gain in a typical step: less, the longer a run has to settle. A step has thirty bind groups. */
const BYTES_PER_STEP = 6e6 / steps;
/** What it may gain at once, now and then: heaps of the engine, the driver and the C library grow in jumps. */
const JUMPS_BYTES = 128 * 2 ** 20;

if (!notRun) useSoftwareAdapter();

test.skipIf(notRun)(
  gpuTests.title(`${steps} steps of training leave the process as large as it was`),
  // Beside other work a process may settle late. What leaks does so in each try.
  { timeout: 60_000 + 60 * steps, retry: 2 },
  async ({ annotate }) => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const resident: number[] = [];
    let looks = 0;
    const backend = await createGpuBackend();
    const loop = await trainingLoop(backend, steps, {
      every: 10, // often, because what waits for the device, and for the collector, takes memory too
      sampled: () => {
        looks += 1;
        if (looks % 10 !== 0) return;
        collect();
        resident.push(process.memoryUsage.rss());
      },
    });
    backend.dispose();
    for (const sample of loop.samples) expect(memoryChange(loop.samples[0], sample)).toBeNull();
    expect(new Set(loop.reserved).size).toBe(1);
    // The first half fills pools and caches, and lets the engine compile: on a busy machine it takes so long.
    const settled = resident.slice(Math.floor(resident.length / 2));
    const gains = settled.slice(1).map((bytes, i) => bytes - settled[i]);
    const typical = gains.toSorted((a, b) => a - b)[gains.length >> 1] / 100;
    const total = settled[settled.length - 1] - settled[0];
    const mebibytes = settled.map((bytes) => (bytes / 2 ** 20).toFixed(1));
    await annotate(`bytes a step: ${typical}; MiB every 100 steps: ${mebibytes.join(" ")}`);
    expect(typical).toBeLessThan(BYTES_PER_STEP);
    expect(total).toBeLessThan(JUMPS_BYTES);
  },
);
