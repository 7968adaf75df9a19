/**
 * Runs cases of the suite in a process of its own, for drivers that are chosen by its environment. Its one argument is a
 * `CasesRequest`; it prints a `CasesReport`.
 */
import { createGpuBackend, type GpuFeature } from "@saccade/gpu-kernels";
import { useSoftwareAdapter } from "@saccade/software-adapter";
import { allCases } from "../cases/index.ts";
import { testKernelCase } from "../runner/run-kernel-case.ts";
import { caseId } from "../runner/skip.ts";

export interface CasesRequest {
  /** Features that are switched off. */
  readonly without: readonly GpuFeature[];
  /** Source of a pattern on `kernel: name`. */
  readonly filter: string;
  /** Of so many cases that the pattern admits, one is run. */
  readonly every: number;
}

export interface CasesReport {
  readonly adapter: string;
  /** What the backend said of its features. */
  readonly f16: string;
  readonly subgroups: string;
  readonly passed: number;
  readonly failures: readonly string[];
}

const { without, filter, every } = JSON.parse(process.argv[2]) as CasesRequest;
useSoftwareAdapter();
const backend = await createGpuBackend({ without });
const pattern = new RegExp(filter);
const chosen = allCases.filter((it) => pattern.test(caseId(it))).filter((_, i) => i % every === 0);
let passed = 0;
const failures: string[] = [];
for (const it of chosen) {
  const outcome = await testKernelCase(backend, it, true);
  if (outcome.status === "passed") passed += 1;
  if (outcome.status === "failed") failures.push(`${caseId(it)}: ${outcome.message}`);
}
const { adapter, f16, subgroups } = backend.info();
backend.dispose();
const report = { adapter: String(adapter), f16: String(f16), subgroups: String(subgroups), passed, failures };
console.log(JSON.stringify(report satisfies CasesReport));
