import { fileURLToPath } from "node:url";
import type { Backend } from "@saccade/core";
import { gpuTests } from "@saccade/software-adapter";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chosenBackends } from "./backends.ts";
import { findCases } from "./case-list.ts";
import { runGoldens } from "./run.ts";

const cases = ["goldens", "variants"].flatMap((folder) =>
  findCases(fileURLToPath(new URL(`../../fixtures/${folder}`, import.meta.url))),
);

/** Both builds of the kernels, with the system's BLAS (where there is one) and without. */
const builds = (["relaxed", "baseline"] as const).flatMap((simd) =>
  (["off", "auto"] as const).map((blas) => ({
    name: `cpu, SIMD ${simd}, BLAS ${blas}`,
    cpu: { simd, blas },
  })),
);

const gpu = gpuTests.leftOut ? [] : [{ name: "gpu", backend: "gpu" as const, cpu: undefined }];
if (gpuTests.leftOut) test.skip(gpuTests.title("recorded results on gpu"), () => {});
const all = [
  { name: "reference", backend: "reference" as const, cpu: undefined },
  ...builds.map((build) => ({ ...build, backend: "cpu" as const })),
  ...gpu,
];

/** A driver in software takes seconds to compile a shader. */
const patience = 180_000;

describe.each(all)("recorded results on $name", { timeout: patience }, ({ backend: kind, cpu }) => {
  let backend: Backend;
  beforeAll(async () => {
    const [create] = chosenBackends(kind, cpu);
    backend = await create();
  });
  afterAll(() => backend.dispose());

  test.each(cases)("$id ($op)", async (golden) => {
    const [{ outcome }] = await runGoldens([golden], backend);
    expect(outcome.state === "failed" ? outcome.mismatches : []).toEqual([]);
  });
});

test("the reference backend computes them in f64, too", async () => {
  const [create] = chosenBackends("reference");
  const backend = await create();
  const reports = await runGoldens(cases, backend, "f64");
  await backend.dispose();
  const failed = reports.filter(({ outcome }) => outcome.state === "failed");
  expect(failed.map(({ golden, outcome }) => ({ id: golden.id, outcome }))).toEqual([]);
});
