import { createGpuBackend, type GpuFeature } from "@saccade/gpu-kernels";
import { describe, expect, test } from "vitest";
import { create } from "webgpu";
import { allCases } from "./cases/index.ts";
import { lackingDtype, runKernel } from "./runner/run-kernel-case.ts";
import { prepareCase } from "./values/prepare.ts";

/** An adapter that compiles and validates, and computes nothing; it needs no driver, and has every feature. */
const nowhere = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]);

const combinations: readonly { readonly without: readonly GpuFeature[] }[] = [
  { without: [] },
  { without: ["chromium-experimental-subgroup-matrix"] },
  { without: ["shader-f16"] },
  { without: ["subgroups"] },
  { without: ["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"] },
];

describe("the shaders of all cases compile, in every specialisation", { timeout: 300_000 }, () => {
  test.each(combinations)("without $without", async ({ without }) => {
    const backend = await createGpuBackend({ gpu: nowhere, experimental: true, without });
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
});
