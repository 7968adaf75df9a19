import type { GoldenCase } from "./case-list.ts";
import type { Mismatch } from "./compare.ts";

/** How a case ended. */
export type Outcome =
  | { readonly state: "passed"; readonly remarks: readonly string[] }
  | { readonly state: "failed"; readonly mismatches: readonly Mismatch[] }
  | { readonly state: "skipped"; readonly reason: string };

export interface CaseReport {
  readonly golden: GoldenCase;
  readonly outcome: Outcome;
  readonly milliseconds: number;
}

type Count = Record<Outcome["state"], number>;

function count(reports: readonly CaseReport[]): Count {
  const total: Count = { passed: 0, failed: 0, skipped: 0 };
  for (const { outcome } of reports) total[outcome.state]++;
  return total;
}

/** `3 passed, 0 failed, 1 skipped` */
export function countLine(reports: readonly CaseReport[]): string {
  const { passed, failed, skipped } = count(reports);
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const list = groups.get(key);
    if (list) list.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** The failures of a case, one line each. */
function failureLines({ golden, outcome }: CaseReport): string[] {
  if (outcome.state !== "failed") return [];
  return outcome.mismatches.map(
    ({ name, problem }) => `FAILED ${golden.id} (${golden.op}) ${name}: ${problem}`,
  );
}

/** Skipped cases by reason; a group that is skipped whole is named once. */
function skipLines(reports: readonly CaseReport[]): string[] {
  const sizes = groupBy(reports, ({ golden }) => golden.group);
  const skipped = reports.flatMap(({ golden, outcome }) =>
    outcome.state === "skipped" ? [{ golden, reason: outcome.reason }] : [],
  );
  return [...groupBy(skipped, ({ reason }) => reason)].map(([reason, cases]) => {
    const names = [...groupBy(cases, ({ golden }) => golden.group)].flatMap(([group, members]) =>
      members.length === sizes.get(group)?.length && members.length > 1
        ? [`${group} (all ${members.length})`]
        : members.map(({ golden }) => golden.id),
    );
    return `skipped, ${cases.length}: ${reason}: ${names.join(", ")}`;
  });
}

/** What passed by a rule of ours where the recorded one differs by design. */
function remarkLines(reports: readonly CaseReport[]): string[] {
  const remarks = reports.flatMap(({ golden, outcome }) =>
    outcome.state === "passed" ? outcome.remarks.map((text) => ({ golden, text })) : [],
  );
  return [...groupBy(remarks, ({ text }) => text)].map(
    ([text, cases]) =>
      `differs by design, ${cases.length}: ${text}: ${cases.map(({ golden }) => golden.id).join(", ")}`,
  );
}

/** The report of one backend: failures, skips with reasons, and counts per group. */
export function reportLines(backend: string, reports: readonly CaseReport[], verbose: boolean): string[] {
  const lines: string[] = [];
  if (verbose) {
    for (const { golden, outcome, milliseconds } of reports) {
      lines.push(`${outcome.state} ${golden.id} (${golden.op}) ${milliseconds.toFixed(1)} ms`);
    }
  }
  lines.push(...reports.flatMap(failureLines), ...remarkLines(reports), ...skipLines(reports));
  for (const [group, members] of groupBy(reports, ({ golden }) => golden.group)) {
    lines.push(`${backend} ${group}: ${countLine(members)}`);
  }
  lines.push(`${backend}: ${countLine(reports)}`);
  return lines;
}
