import type { BackendInfo } from "@saccade/core/backend";
import type { CaseOutcome } from "./outcome.ts";
import { formatSupport, type KernelSupport } from "./support.ts";

/** What the runner can do with the one case list. */
export type Mode = "test" | "grad" | "support" | "perf";

/** How one case went, in one mode. */
export interface CaseResult {
  readonly mode: "test" | "grad";
  /** `kernel: name`, or `op: name`. */
  readonly id: string;
  readonly outcome: CaseOutcome;
}

/** Time of one call. */
export interface Timing {
  readonly name: string;
  /** Milliseconds, median. */
  readonly ms: number;
  readonly samples: number;
  /** GFLOP/s or GB/s, whichever bounds the kernel. */
  readonly rate: number;
  readonly unit: "GFLOP/s" | "GB/s";
}

/** All that a run found out. */
export interface ConformanceReport {
  readonly backend: string;
  readonly info: BackendInfo;
  readonly results: readonly CaseResult[];
  readonly support: readonly KernelSupport[];
  readonly timings: readonly Timing[];
  /** What is wrong with the lists: ops without gradient cases, skips that concern nothing. */
  readonly problems: readonly string[];
}

/** Every failure, a line each; empty if the backend conforms. */
export function failuresOf({
  results,
  problems,
}: Pick<ConformanceReport, "results" | "problems">): readonly string[] {
  const failed = results.flatMap(({ mode, id, outcome }) =>
    outcome.status === "failed" ? [`${mode} ${id}: ${outcome.message}`] : [],
  );
  return [...problems, ...failed];
}

/** The first failures: one cause often fails a hundred cases. */
export function firstFailures(
  report: Pick<ConformanceReport, "results" | "problems">,
  most = 8,
): readonly string[] {
  const failures = failuresOf(report);
  return failures.length > most
    ? [...failures.slice(0, most), `and ${failures.length - most} more`]
    : failures;
}

/** Counts per mode, and skips by reason. */
export function formatReport({ backend, results, support, problems }: ConformanceReport): string {
  const lines = (["test", "grad"] as const).flatMap((mode) => {
    const outcomes = results.filter((it) => it.mode === mode).map(({ outcome }) => outcome);
    if (outcomes.length === 0) return [];
    const count = (status: CaseOutcome["status"]): number =>
      outcomes.filter((it) => it.status === status).length;
    return [
      `${backend} ${mode}: ${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`,
      ...reasonsOf(outcomes).map(([reason, times]) => `  skipped ${times}: ${reason}`),
    ];
  });
  return [...lines, ...problems, ...(support.length > 0 ? [formatSupport(support)] : [])].join("\n");
}

function reasonsOf(outcomes: readonly CaseOutcome[]): readonly (readonly [string, number])[] {
  const reasons = new Map<string, number>();
  for (const outcome of outcomes) {
    if (outcome.status === "skipped") reasons.set(outcome.reason, (reasons.get(outcome.reason) ?? 0) + 1);
  }
  return [...reasons];
}
