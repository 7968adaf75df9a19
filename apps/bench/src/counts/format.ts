import { digits } from "../report/units.ts";
import type { NamedCount } from "./programs.ts";

/** What a table shows of one count. */
const columns: Readonly<Record<string, (count: NamedCount) => string>> = {
  dispatches: ({ dispatches }) => String(dispatches),
  GB: ({ bytes }) => digits(bytes / 1e9),
  GFLOP: ({ flops }) => digits(flops / 1e9),
  "FLOP/B": ({ bytes, flops }) => digits(flops / bytes),
};

/** Markdown: all programs, then one of them by kernel. */
export function formatCounts(counts: readonly NamedCount[], detailed: string): string {
  const names = Object.keys(columns);
  const rows = counts.map(
    (count) => `| ${count.name} | ${names.map((name) => columns[name](count)).join(" | ")} |`,
  );
  const detail = counts.find(({ name }) => name === detailed);
  if (detail === undefined) throw new Error(`counts: there is no program "${detailed}"`);
  const kernels = detail.kernels.map(
    ({ kernel, calls, dispatches, bytes, flops }) =>
      `| ${kernel} | ${calls} | ${dispatches} | ${digits(bytes / 1e9)} | ${digits(flops / 1e9)} |`,
  );
  return [
    `| | ${names.join(" | ")} |`,
    `|---|${"---:|".repeat(names.length)}`,
    ...rows,
    "",
    `| ${detailed} | calls | dispatches | GB | GFLOP |`,
    "|---|---:|---:|---:|---:|",
    ...kernels,
  ].join("\n");
}

/**
 * Replaces what stands between `<!-- counted -->`, or another mark, and the `<!-- end -->` behind it.
 *
 * @throws Error for a page without the marks
 */
export function placeCounts(page: string, text: string, mark = "counted"): string {
  const marks = new RegExp(`(<!-- ${mark} -->\\n)[\\s\\S]*?(<!-- end -->)`);
  if (!marks.test(page)) throw new Error(`the page has no <!-- ${mark} --> ... <!-- end -->`);
  return page.replace(marks, (_, begin: string, end: string) => `${begin}${text}\n${end}`);
}
