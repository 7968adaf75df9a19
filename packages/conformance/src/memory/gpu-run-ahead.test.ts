import { Key, settle, tensor, tidy, valueAndGrad } from "@saccade/core";
import { Linear } from "@saccade/core/nn";
import { AdamW } from "@saccade/core/optim";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { expect, test } from "vitest";

const notRun = gpuTests.leftOut;
/** More than a test has time for: 10,000. */
const steps = Number(process.env.SACCADE_MEMORY_STEPS ?? 300);
/** What `settle` allows, and the step that was taken before it. */
const MOST = 64 + 4;
/** An upload in each step: it is what a driver keeps until the step is finished. */
const UPLOAD = 16 * 1024;
if (!notRun) useSoftwareAdapter();

test.skipIf(notRun)(
  gpuTests.title(`${steps} steps that never read stay near the device`),
  // Beside other work a process may settle late. What is queued without bound is so in each try.
  { timeout: 60_000 + 60 * steps, retry: 2 },
  async ({ annotate }) => {
    const backend = await createGpuBackend();
    const resident: number[] = [];
    const ahead: number[] = [];
    const data = new Float32Array(UPLOAD / 4).fill(0.5);
    {
      using layer = new Linear(64, 4, { key: new Key(0), backend });
      using optimizer = new AdamW(layer.parameters(), { lr: 1e-3 });
      const step = (): void =>
        tidy(() => {
          const x = tensor(data, { shape: [UPLOAD / 256, 64], backend });
          using result = valueAndGrad(() => layer.forward(x).square().mean(), layer.parameters());
          optimizer.step(result.grads);
        });
      const unfinished = (): number => Number(backend.info().unfinishedSubmissions);
      for (let i = 0; i < steps; i++) {
        step();
        await settle(backend);
        ahead.push(unfinished());
        if (i % (steps / 20) === 0) resident.push(process.memoryUsage.rss());
      }
      expect(Math.max(...ahead)).toBeLessThanOrEqual(MOST);
      expect(Math.max(...ahead)).toBeGreaterThan(MOST / 2); // the device has work to do
      for (let i = 0; i < 2 * MOST; i++) step(); // without
      expect(unfinished()).toBeGreaterThan(2 * MOST);
      await layer.weight.data();
      expect(unfinished()).toBe(0);
    }
    backend.dispose();
    const mebibytes = resident.map((bytes) => bytes / 2 ** 20);
    await annotate(`MiB: ${mebibytes.map((size) => size.toFixed(0)).join(" ")}`);
    // Drivers and the engine take memory until late in a short run; in a long one, a queue of all steps would show.
    const settled = mebibytes.slice(-5);
    expect(settled[4] - settled[0]).toBeLessThan(64);
  },
);
