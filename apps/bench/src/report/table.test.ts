import { expect, test } from "vitest";
import type { Result } from "../result.ts";
import { formatNotes, formatTable } from "./table.ts";

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
const results: Result[] = [
  { ...base, work: "peak", config: "128-bit FMA", rate: 50, min_ms: 1.9 },
  base,
  { ...base, peer: "other", version: "2.0", median_ms: 1, rate: 80, peak_bytes: 1.5 * 2 ** 20 },
  { ...base, threads: 2, rate: 75 },
  {
    ...base,
    peer: "broken",
    version: "",
    median_ms: null,
    min_ms: null,
    rate: null,
    spread: null,
    error: "no such kernel",
  },
];

test("shares of the peak of all threads, and ratios to the first peer", () => {
  expect(formatTable(results).split("\n")).toEqual([
    "work    config       peer     threads  median ms  min ms   rate  unit     of limit  ratio  spread  peak MiB",
    "peak    128-bit FMA  saccade        1      2.000   1.900  50.00  GFLOP/s         -      -     3 %         -",
    "matmul  [8,8]x[8,8]  saccade        1      2.000   1.500  40.00  GFLOP/s      80 %   1.00     3 %         -",
    "matmul  [8,8]x[8,8]  other          1      1.000   1.500  80.00  GFLOP/s     160 %   0.50     3 %       1.5",
    "matmul  [8,8]x[8,8]  saccade        2      2.000   1.500  75.00  GFLOP/s      75 %      -     3 %         -",
    "matmul  [8,8]x[8,8]  broken         1          -       -      -  GFLOP/s         -      -       -         -",
  ]);
});

test("versions and errors are told below", () => {
  expect(formatNotes(results).split("\n")).toEqual([
    "saccade: 1.0",
    "other: 2.0",
    "error: matmul [8,8]x[8,8], broken, 1 threads: no such kernel",
  ]);
});

test("a busy machine shows in the peak", () => {
  const [peak] = results;
  expect(formatNotes([{ ...peak, median_ms: 4, min_ms: 2 }])).toBe(
    "saccade: 1.0\nthe machine was busy: the peak took 2.0 times its minimum; run this again, or compare minima",
  );
});

test("in the bandwidth work, shares are of the best copy with as many threads", () => {
  const row = { ...base, work: "bandwidth", unit: "GB/s" };
  const table = formatTable([
    { ...row, config: "copy", rate: 40 },
    { ...row, config: "copy", peer: "other", rate: 50 },
    { ...row, config: "add", rate: 45 },
    { ...row, config: "add", threads: 2, rate: 45 },
  ]);
  const shares = table.split("\n").map((line) => /(\d+ %|-)\s+\S+\s+3 %/.exec(line)?.[1]);
  expect(shares).toEqual([undefined, "80 %", "100 %", "90 %", "-"]);
});

test("what reads its weights for every call has the bandwidth of reading for its limit", () => {
  const read = { ...base, work: "read", unit: "GB/s", rate: 20 };
  const [, , row] = formatTable([
    read,
    { ...base, work: "decode", unit: "tokens/s", median_ms: 50, read_bytes: 500e6 }, // 10 GB/s
  ]).split("\n");
  expect(row).toContain(" 50 %");
});
