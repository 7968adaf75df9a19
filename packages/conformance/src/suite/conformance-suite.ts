import type { Backend } from "@saccade/core/backend";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { allCases, kernelCases, kernelNames } from "../cases/index.ts";
import { gradCases } from "../gradients/cases/index.ts";
import { knownAnswers } from "../known-answers/known-answers.ts";
import { trainingLoop } from "../memory/training-loop.ts";
import { memoryChange } from "../runner/live-memory.ts";
import { firstFailures, formatReport } from "../runner/report.ts";
import { type ConformanceOptions, conform } from "../runner/run-conformance.ts";
import { runKernel } from "../runner/run-kernel-case.ts";
import { caseId, idleSkips } from "../runner/skip.ts";
import { prepareCase } from "../values/prepare.ts";

/** For slow machines, and software GPUs: the oracle of one kernel takes seconds. */
const PATIENCE_MS = 900_000;

/** What a backend's test file says of it. */
export interface SuiteOptions extends Pick<ConformanceOptions, "create" | "skips" | "flushesSubnormals"> {
  /** Which fused kernels the backend lacks or declines calls of, and why. One that is no longer lacking fails. */
  readonly composes?: Readonly<Record<string, string>>;
  /** The cases of these kernels and nothing else: for what is cut into files that run side by side. */
  readonly only?: RegExp;
  /** Kernels whose cases another file runs. */
  readonly except?: RegExp;
}

/**
 * Vitest tests of everything that a backend must do: a test per kernel, gradients, support, memory.
 *
 * @example conformanceSuite("reference", { create: async () => createReferenceBackend() });
 */
export function conformanceSuite(
  name: string,
  { create, skips = [], composes = {}, flushesSubnormals = false, only, except }: SuiteOptions,
): void {
  describe(name, { timeout: PATIENCE_MS }, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await create();
    });
    afterAll(() => backend.dispose());

    for (const kernel of kernelNames) {
      if (except?.test(kernel) || only?.test(kernel) === false) continue;
      test(`${kernel}: ${kernelCases[kernel].length} cases`, async ({ annotate }) => {
        const own = skips.filter(({ cases }) => kernelCases[kernel].some((it) => cases.test(caseId(it))));
        const filter = new RegExp(`^${kernel}: `);
        const report = await conform(backend, { modes: ["test"], filter, skips: own, flushesSubnormals });
        await annotate(formatReport(report));
        expect(firstFailures(report)).toEqual([]);
      });
    }

    if (only) return;

    test(`${knownAnswers.length} known answers`, async () => {
      for (const { case: it, expected } of knownAnswers) {
        const run = await runKernel(backend, await prepareCase(it));
        expect(run?.problems, caseId(it)).toEqual([]);
        // The signs of zeros are the business of the cases, where they count.
        const numbers = run?.outputs.map((elements) => Array.from(elements, (x) => x + 0));
        expect(numbers, caseId(it)).toEqual(expected.map((row) => row.map((x) => x + 0)));
      }
    });

    test("every declared skip concerns a case", () => {
      expect(idleSkips(allCases.map(caseId), skips)).toEqual([]);
    });

    test("support: fused kernels are missing or decline only where the backend says so", async ({
      annotate,
    }) => {
      const report = await conform(backend, { modes: ["support"] });
      await annotate(formatReport(report));
      const composed = report.support.filter(({ present, declined }) => !present || declined.length > 0);
      expect(composed.map(({ kernel }) => kernel).sort()).toEqual(Object.keys(composes).sort());
    });

    test(`gradients: ${gradCases.length} cases over every registered op`, async () => {
      expect(firstFailures(await conform(backend, { modes: ["grad"] }))).toEqual([]);
    });

    test("a thousand steps of training leave memory flat", async () => {
      const loop = await trainingLoop(backend, 1000);
      for (const sample of loop.samples) expect(memoryChange(loop.samples[0], sample)).toBeNull();
      for (const bytes of loop.reserved) expect(bytes).toBe(loop.reserved[0]);
      expect(memoryChange(loop.before, loop.after)).toBeNull();
      expect(loop.lastLoss).toBeLessThan(loop.firstLoss / 2);
    });
  });
}
