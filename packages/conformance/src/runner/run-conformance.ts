import type { Backend } from "@saccade/core/backend";
import { allCases } from "../cases/index.ts";
import { gradCases } from "../gradients/cases/index.ts";
import { testGradCase } from "../gradients/run-grad-case.ts";
import { walkRegisteredOps } from "../gradients/walk.ts";
import { timeKernels } from "../perf/time-kernels.ts";
import type { CaseResult, ConformanceReport, Mode } from "./report.ts";
import { testKernelCase } from "./run-kernel-case.ts";
import { applySkips, caseId, idleSkips, type Skip } from "./skip.ts";
import { supportOf } from "./support.ts";

export interface ConformanceOptions {
  readonly create: () => Promise<Backend>;
  /** Default: test, grad and support. */
  readonly modes?: readonly Mode[];
  /** Cases by `kernel: name` or `op: name`. Default: all. */
  readonly filter?: RegExp;
  /** Cases that the backend is known to fail. */
  readonly skips?: readonly Skip[];
  /** The backend may take subnormal floats for zeros, and give zeros for them. Default `false`. */
  readonly flushesSubnormals?: boolean;
}

/**
 * Runs the one case list on a backend: what it computes (test), differentiates (grad), has (support), and how long it
 * takes (perf).
 *
 * @example
 * const report = await runConformance({ create: async () => createReferenceBackend(), filter: /^iota/ });
 * failuresOf(report); // => []
 */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceReport> {
  const backend = await options.create();
  try {
    return await conform(backend, options);
  } finally {
    await backend.dispose();
  }
}

/** The same on a backend that is already there, and stays. */
export async function conform(
  backend: Backend,
  {
    modes = ["test", "grad", "support"],
    filter = /^/,
    skips = [],
    flushesSubnormals = false,
  }: Omit<ConformanceOptions, "create">,
): Promise<ConformanceReport> {
  const results: CaseResult[] = [];
  if (modes.includes("test")) {
    results.push(...(await testKernels(backend, filter, skips, flushesSubnormals)));
  }
  if (modes.includes("grad")) results.push(...(await testGradients(backend, filter)));
  return {
    backend: backend.name,
    info: backend.info(),
    results,
    support: modes.includes("support") ? supportOf(backend) : [],
    timings: modes.includes("perf") ? await timeKernels(backend, filter) : [],
    problems: [
      ...(modes.includes("grad") ? walkRegisteredOps() : []),
      ...(modes.includes("test") ? idleSkips(allCases.map(caseId), skips) : []),
    ],
  };
}

async function testKernels(
  backend: Backend,
  filter: RegExp,
  skips: readonly Skip[],
  flushesSubnormals: boolean,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const it of allCases) {
    const id = caseId(it);
    if (!filter.test(id)) continue;
    results.push({
      mode: "test",
      id,
      outcome: applySkips(id, await testKernelCase(backend, it, flushesSubnormals), skips),
    });
  }
  return results;
}

async function testGradients(backend: Backend, filter: RegExp): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const it of gradCases) {
    const id = `${it.op}: ${it.name}`;
    if (filter.test(id)) results.push({ mode: "grad", id, outcome: await testGradCase(backend, it) });
  }
  return results;
}
