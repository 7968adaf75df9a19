import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CaseContext } from "../../context.ts";
import { SkipCase } from "../../skip.ts";

/** One row of a table: a text, and what was recorded for it. */
export type Row = Readonly<Record<string, unknown>> & { readonly text: string };

/** A recorded table. */
export interface Table {
  readonly rows: readonly Row[];
  /** The folder that paths in the table are relative to. */
  readonly root: string;
}

/** How many rows of a table are reported one by one. */
const reported = 5;

export function readTable(context: CaseContext): Table {
  const { path } = context.golden;
  const { cases } = JSON.parse(readFileSync(path, "utf8")) as { readonly cases: readonly Row[] };
  return { rows: cases, root: dirname(dirname(path)) };
}

/** A file below the folder of the tables. @throws SkipCase where it is not there */
export function fileOf(table: Table, ...names: readonly string[]): string {
  const path = join(table.root, ...names);
  if (!existsSync(path)) throw new SkipCase(`${names.join("/")} is not there`);
  return path;
}

/** Compares every row, field by field and exactly, with what `compute` gives for it. */
export function checkRows(
  context: CaseContext,
  rows: readonly Row[],
  compute: (row: Row) => Readonly<Record<string, unknown>>,
): void {
  if (rows.length === 0) context.fail("rows", "there are none");
  let wrong = 0;
  for (const row of rows) {
    const problem = problemOf(row, compute);
    if (problem === undefined) continue;
    wrong++;
    if (wrong <= reported) context.fail(JSON.stringify(row.text ?? "").slice(0, 60), problem);
  }
  if (wrong > reported)
    context.fail("rows", `${wrong} of ${rows.length} differ; the first ${reported} are above`);
}

function problemOf(row: Row, compute: (row: Row) => Readonly<Record<string, unknown>>): string | undefined {
  let got: Readonly<Record<string, unknown>>;
  try {
    got = compute(row);
  } catch (error) {
    return `threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
  }
  for (const [field, value] of Object.entries(got)) {
    const [given, wanted] = [JSON.stringify(value), JSON.stringify(row[field])];
    if (given !== wanted)
      return `${field} is ${given.slice(0, 400)} instead of ${(wanted ?? "nothing").slice(0, 400)}`;
  }
  return undefined;
}
