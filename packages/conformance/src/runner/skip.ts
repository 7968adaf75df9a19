import type { AnyCase } from "../cases/case.ts";
import type { CaseOutcome } from "./outcome.ts";

/** A case that a backend does not pass, and knows it. A skip that is no longer needed fails. */
export interface Skip {
  /** Which cases, by `kernel: name`. */
  readonly cases: RegExp;
  readonly reason: string;
}

/** How a case is called in reports and in skips. */
export function caseId({ kernel, name }: Pick<AnyCase, "kernel" | "name">): string {
  return `${kernel}: ${name}`;
}

/** What a declared skip makes of an outcome: a failure becomes a skip, a success a failure. */
export function applySkips(id: string, outcome: CaseOutcome, skips: readonly Skip[]): CaseOutcome {
  const skip = skips.find(({ cases }) => cases.test(id));
  if (!skip) return outcome;
  if (outcome.status === "failed") return { status: "skipped", reason: skip.reason };
  const instead = outcome.status === "passed" ? "passes" : `is skipped anyway: ${outcome.reason}`;
  return { status: "failed", message: `the skip "${skip.reason}" is no longer needed: the case ${instead}` };
}

/** Declared skips that concern no case at all. */
export function idleSkips(ids: readonly string[], skips: readonly Skip[]): readonly string[] {
  return skips
    .filter(({ cases }) => !ids.some((id) => cases.test(id)))
    .map(({ cases, reason }) => `the skip "${reason}" (${cases}) concerns no case`);
}
