import type { Result } from "../result.ts";
import { shareOfLimit } from "./limits.ts";
import { digits } from "./units.ts";

const headings = [
  "work",
  "config",
  "peer",
  "threads",
  "median ms",
  "min ms",
  "rate",
  "unit",
  "of limit",
  "ratio",
  "spread",
  "peak MiB",
];
/** Columns that are words; the others are numbers. */
const leftAligned = new Set(["work", "config", "peer", "unit"]);

/**
 * A plain table. `of limit` is what `shareOfLimit` tells; `ratio` is the median over that of the first peer at the same work,
 * config and threads. `peak MiB` is memory beyond operands and results.
 */
export function formatTable(results: readonly Result[]): string {
  const rows = [headings, ...results.map((result) => rowOf(result, results))];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => align(cell, widths[column], headings[column]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function align(cell: string, width: number, heading: string): string {
  return leftAligned.has(heading) ? cell.padEnd(width) : cell.padStart(width);
}

function rowOf(result: Result, all: readonly Result[]): string[] {
  const { work, config, peer, threads, median_ms, min_ms, rate, unit, error } = result;
  const head = [work, config, peer, String(threads)];
  if (error !== null || median_ms === null || min_ms === null || rate === null) {
    return [...head, "-", "-", rate === null ? "-" : digits(rate), unit, "-", "-", "-", "-"];
  }
  return [
    ...head,
    digits(median_ms),
    digits(min_ms),
    digits(rate),
    unit,
    ofPeak(result, all),
    ratio(result, all),
    result.spread === null ? "-" : `${(100 * result.spread).toFixed(0)} %`,
    result.peak_bytes === null ? "-" : (result.peak_bytes / 2 ** 20).toFixed(1),
  ];
}

function ofPeak(result: Result, all: readonly Result[]): string {
  const share = shareOfLimit(result, all);
  return share === null ? "-" : `${(100 * share).toFixed(0)} %`;
}

function ratio(result: Result, all: readonly Result[]): string {
  const rivals = all.filter(
    (it) => it.work === result.work && it.config === result.config && it.threads === result.threads,
  );
  const first = rivals[0].median_ms;
  if (rivals.length < 2 || first === null || result.median_ms === null) return "-";
  return (result.median_ms / first).toFixed(2);
}

/** The peak needs nothing but one core: where its median is so many times its minimum, something else ran there. */
const busy = 1.2;

/** What the table has no room for: versions of the peers, errors, and whether the machine was busy. */
export function formatNotes(results: readonly Result[]): string {
  const versions = new Map(results.filter((it) => it.version !== "").map((it) => [it.peer, it.version]));
  const errors = results.filter((it) => it.error !== null);
  return [
    ...Array.from(versions, ([peer, version]) => `${peer}: ${version}`),
    ...errors.map((it) => `error: ${it.work} ${it.config}, ${it.peer}, ${it.threads} threads: ${it.error}`),
    ...results.filter(({ work }) => work === "peak").flatMap(busyNote),
  ].join("\n");
}

function busyNote({ median_ms, min_ms }: Result): string[] {
  if (median_ms === null || min_ms === null || median_ms <= busy * min_ms) return [];
  const share = (median_ms / min_ms).toFixed(1);
  return [
    `the machine was busy: the peak took ${share} times its minimum; run this again, or compare minima`,
  ];
}
