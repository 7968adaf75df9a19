import { createGpuBackend } from "@saccade/gpu-kernels";
import { expect, test } from "vitest";
import { create } from "webgpu";
import { allCases } from "./cases/index.ts";
import { lackingDtype, runKernel } from "./runner/run-kernel-case.ts";
import { prepareCase } from "./values/prepare.ts";

/** An adapter that compiles and validates, and computes nothing; it needs no driver. */
const nowhere = create(["backend=null"]);

test("the shaders of all cases compile, in every specialisation", { timeout: 120_000 }, async () => {
  const backend = await createGpuBackend({ gpu: nowhere });
  const refused: string[] = [];
  for (const it of allCases) {
    if (lackingDtype(backend, it)) continue;
    try {
      await runKernel(backend, await prepareCase(it));
      backend.flush();
    } catch (error) {
      refused.push(`${it.kernel}: ${it.name}: ${String(error)}`);
    }
  }
  expect(refused).toEqual([]);
  expect(backend.info().pipelines).toBeGreaterThan(500);
  backend.dispose();
});
