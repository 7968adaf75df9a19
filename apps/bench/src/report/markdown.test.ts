import { expect, test } from "vitest";
import type { Result } from "../result.ts";
import { placeFigures, type Report } from "./markdown.ts";

const base: Result = {
  work: "matmul",
  config: "[8,8]x[8,8]",
  peer: "saccade",
  version: "1.0",
  threads: 1,
  median_ms: 2,
  min_ms: 1.5,
  rate: 40,
  unit: "GFLOP/s",
  spread: 0.03,
  peak_bytes: null,
  read_bytes: null,
  error: null,
};
const nothing = { median_ms: null, min_ms: null, rate: null, spread: null };
const report: Report = {
  machine: {
    processor: "A fast one",
    cores: 2,
    memoryGiB: 8,
    system: "Linux x64",
    node: "26.0.0",
    pinnedTo: null,
    commit: "abc1234",
    date: "2026-01-02T03:04:05.000Z",
  },
  results: [
    { ...base, work: "peak", config: "128-bit FMA", rate: 50 },
    base,
    { ...base, peer: "other", version: "2.0", rate: 80 },
    { ...base, config: "[9,9]x[9,9]" },
    { ...base, config: "[9,9]x[9,9]", peer: "other", version: "2.0", ...nothing, error: "no | such" },
    { ...base, threads: 2, rate: 90 },
  ],
};

test("a table for each number of threads, with reasons below; what is around stays", () => {
  const text = "before\n<!-- figures: matmul -->\nold\n<!-- end -->\nbehind\n";
  expect(placeFigures(text, report)).toBe(`before
<!-- figures: matmul -->
| GFLOP/s, 1 thread | saccade | other |
|---|---:|---:|
| [8,8]x[8,8] | 40.00 (80 %) | 80.00 |
| [9,9]x[9,9] | 40.00 (80 %) | (1) |

1. other: no \\| such

| GFLOP/s, 2 threads | saccade |
|---|---:|
| [8,8]x[8,8] | 90.00 (90 %) |
<!-- end -->
behind
`);
  expect(placeFigures(placeFigures(text, report), report)).toBe(placeFigures(text, report));
});

test("where figures come from", () => {
  const text = placeFigures("<!-- figures: machine -->\n<!-- end -->", report);
  expect(text).toContain("A fast one, 2 cores");
  expect(text).toContain("2026-01-02, commit abc1234.\n128-bit multiply-adds on one core: 50.00 GFLOP/s.");
  expect(text).toContain("| other | 2.0 |");
});

test("no figures, and no end", () => {
  expect(() => placeFigures("<!-- figures: decode -->\n<!-- end -->", report)).toThrow(
    'none of the work "decode"',
  );
  expect(() => placeFigures("<!-- figures: matmul -->\n", report)).toThrow("1 begin and 0 of them end");
});
