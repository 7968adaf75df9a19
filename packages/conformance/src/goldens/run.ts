import { type Backend, getBackend, memory, setBackend } from "@saccade/core";
import { handlerOf } from "./adapters/index.ts";
import type { GoldenCase } from "./case-list.ts";
import { CaseContext } from "./context.ts";
import type { CaseReport, Outcome } from "./report.ts";
import { SkipCase } from "./skip.ts";
import { TensorStore } from "./tensor-store.ts";

async function runCase(
  golden: GoldenCase,
  store: TensorStore,
  backend: Backend,
  float: "f32" | "f64",
): Promise<Outcome> {
  const handler = handlerOf(golden);
  if (typeof handler === "string") return { state: "skipped", reason: handler };
  const context = new CaseContext(handler.golden, store, backend, float);
  const before = memory();
  try {
    await handler.run(context);
  } catch (error) {
    if (error instanceof SkipCase) return { state: "skipped", reason: error.message };
    const problem = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { state: "failed", mismatches: [...context.mismatches, { name: "threw", problem }] };
  }
  const after = memory();
  if (after.tensors !== before.tensors || after.bytes !== before.bytes) {
    context.fail(
      "memory",
      `${after.tensors - before.tensors} tensors, ${after.bytes - before.bytes} bytes live on`,
    );
  }
  const { mismatches, remarks } = context;
  return mismatches.length === 0 ? { state: "passed", remarks } : { state: "failed", mismatches };
}

/**
 * Runs cases on a backend, one after the other.
 *
 * @param float  the dtype of float tensors
 * @param progress  called after each case
 */
export async function runGoldens(
  cases: readonly GoldenCase[],
  backend: Backend,
  float: "f32" | "f64" = "f32",
  progress: (report: CaseReport) => void = () => {},
): Promise<CaseReport[]> {
  const store = new TensorStore();
  const reports: CaseReport[] = [];
  const usual = getBackend();
  setBackend(backend);
  try {
    for (const golden of cases) {
      const started = performance.now();
      const outcome = await runCase(golden, store, backend, float);
      const report = { golden, outcome, milliseconds: performance.now() - started };
      reports.push(report);
      progress(report);
    }
  } finally {
    setBackend(usual);
  }
  return reports;
}
