import type { Backend } from "@saccade/core/backend";
import { createReferenceBackend } from "@saccade/core/reference";
import { createGpuBackend } from "@saccade/gpu-kernels";
import { gpuTests, useSoftwareAdapter } from "@saccade/software-adapter";
import { describe, expect, test } from "vitest";
import { losses } from "./training/counting-gpt.ts";

const notRun = gpuTests.leftOut;
if (!notRun) useSoftwareAdapter();

/** Relative difference from f32 over the steps; measured on two backends: 2e-4 in 100 steps, 7e-4 in 200. */
const BOUND = 2e-3;
const STEPS = 100;

async function follow(backend: Backend): Promise<void> {
  const wanted = await losses(backend, STEPS);
  const got = await losses(backend, STEPS, "mixed");
  const worst = Math.max(...got.map((loss, i) => Math.abs(loss - wanted[i]) / wanted[i]));
  expect(wanted[STEPS - 1]).toBeLessThan(wanted[0] / 1.5);
  expect(got).not.toEqual(wanted);
  expect(worst).toBeLessThan(BOUND);
}

describe("a GPT in mixed precision follows its curve in f32", { timeout: 900_000 }, () => {
  test("on the reference backend", async () => {
    await follow(createReferenceBackend());
  });

  test("on the GPU", async ({ skip }) => {
    if (notRun) skip(gpuTests.title("gpu"));
    const backend = await createGpuBackend();
    try {
      if (!backend.dtypes.has("f16")) skip("this adapter has no shader-f16");
      await follow(backend);
      expect(backend.info()).toMatchObject({ liveBytes: 0, liveBuffers: 0 });
    } finally {
      backend.dispose();
    }
  });
});
