import { digits } from "../report/units.ts";

/** Least times by the name of the call, us. */
export type Times = Readonly<Record<string, number>>;

/** Markdown: a row for each call, a column for each place that it was timed in; "" where it was not. */
export function formatOverhead(columns: Readonly<Record<string, Times>>): string {
  const titles = Object.keys(columns);
  const names = new Set(titles.flatMap((title) => Object.keys(columns[title])));
  const cell = (time: number | undefined): string => (time === undefined ? "" : digits(time));
  const rows = [...names].map(
    (name) => `| ${name} | ${titles.map((title) => cell(columns[title][name])).join(" | ")} |`,
  );
  return [`| us a call | ${titles.join(" | ")} |`, `|---|${"---:|".repeat(titles.length)}`, ...rows].join(
    "\n",
  );
}

/** The lesser of two times of each call. */
export function lesser(a: Times, b: Times): Times {
  return Object.fromEntries(Object.entries(b).map(([name, time]) => [name, Math.min(time, a[name] ?? time)]));
}
