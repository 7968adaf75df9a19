import type { Backend } from "@saccade/core/backend";
import { createReferenceBackend } from "@saccade/core/reference";
import { type CpuBackendOptions, createCpuBackend } from "@saccade/cpu-kernels";
import { describe, expect, test } from "vitest";
import { allCases } from "./cases/index.ts";
import { differences, digestCases } from "./determinism/case-digests.ts";

async function digestsOn(options: CpuBackendOptions, cases = allCases): Promise<ReadonlyMap<string, string>> {
  const backend = await createCpuBackend({ ...options, blas: "off" });
  try {
    return await digestCases(backend, cases);
  } finally {
    await backend.dispose();
  }
}

/** Random bits and uniforms are integers, so every backend has the very same. */
const exactRandom = allCases.filter(({ kernel, name }) => kernel === "random" && !name.includes("normal"));

describe.each(["relaxed", "baseline"] as const)("cpu, %s SIMD", (simd) => {
  test("1, 2, 3 and 4 threads give the same bits", { timeout: 900_000 }, async () => {
    const alone = await digestsOn({ simd, threads: 1 });
    expect(alone.size).toBeGreaterThan(4000);
    for (const threads of [2, 3, 4]) {
      expect(differences(alone, await digestsOn({ simd, threads })), `${threads} threads`).toEqual([]);
    }
  });

  test("random bits and uniforms are those of the reference", async () => {
    const reference: Backend = createReferenceBackend();
    const served = exactRandom.filter(({ outputs }) => !["f64", "f16"].includes(outputs[0].dtype));
    const expected = await digestCases(reference, served);
    expect(expected.size).toBeGreaterThan(50);
    expect(differences(expected, await digestsOn({ simd, threads: 2 }, served))).toEqual([]);
  });
});
