import { expect, test } from "vitest";
import type { Result } from "../../result.ts";
import { advantage, groupsOf } from "../groups.ts";
import type { Machine } from "../machine.ts";
import { reportHtml } from "./report-html.ts";

const machine: Machine = {
  processor: "A <fast> one",
  cores: 2,
  memoryGiB: 8,
  system: "Linux x64",
  node: "26.0.0",
  pinnedTo: null,
  commit: "abc1234",
  date: "2026-01-02T03:04:05.000Z",
};
const base: Result = {
  work: "attention",
  config: "T 128",
  peer: "saccade",
  version: "1.0",
  threads: 1,
  median_ms: 1,
  min_ms: 1,
  rate: 40,
  unit: "GFLOP/s",
  spread: 0.1,
  peak_bytes: 2 ** 20,
  read_bytes: null,
  error: null,
};
const nothing = {
  median_ms: null,
  min_ms: null,
  rate: null,
  spread: null,
  peak_bytes: null,
  read_bytes: null,
};
const results: Result[] = [
  { ...base, work: "peak", config: "128-bit FMA", rate: 50 },
  base,
  { ...base, peer: "jax-js", rate: 10 },
  { ...base, peer: "pytorch", ...nothing, error: "no <module> named torch" },
  { ...base, config: "T 256", rate: 90 },
  { ...base, config: "T 256", peer: "jax-js", rate: 10 },
  { ...base, work: "dispatch", config: "fwd", unit: "us/op", rate: 1 },
  { ...base, work: "dispatch", config: "fwd", unit: "us/op", rate: 4, peer: "jax-js" },
];

test("one page that loads nothing, with machine, commit, charts and errors", () => {
  const page = reportHtml(machine, results);
  expect(page).not.toMatch(/<script|<link|\bsrc=|url\(|https?:/);
  expect(page).toContain("A &lt;fast&gt; one");
  expect(page).toContain("commit abc1234");
  expect(page.match(/<svg/g)).toHaveLength(4); // lines over T; T 128, T 256, fwd
  expect(page).toContain("no &lt;module&gt; named torch");
  expect(page).not.toContain("NaN");
});

test("the advantage is the geometric mean over the configs that both did, and knows units of which less is better", () => {
  const [attention, dispatch] = groupsOf(results);
  expect(advantage(attention, "saccade", ["jax-js", "pytorch"])).toBeCloseTo(6); // 4 and 9
  expect(advantage(attention, "saccade", ["pytorch"])).toBeNull();
  expect(advantage(dispatch, "saccade", ["jax-js"])).toBeCloseTo(4);
});

test("lines over threads, where there are several: the mean of what a peer did all of, or each of few configs", () => {
  const two = results.map((it) => ({ ...it, threads: 2, rate: it.rate && 2 * it.rate }));
  const page = reportHtml(machine, [...results, ...two]);
  const titles = [...page.matchAll(/<figcaption>(.*?over threads)/g)].map(([, title]) => title);
  expect(titles).toEqual([
    "attention, T 128, over threads",
    "attention, T 256, over threads",
    "dispatch, fwd, over threads",
  ]);
  const more = [...results, ...two].map((it) => ({ ...it, config: "T 512" }));
  const mean = reportHtml(machine, [...results, ...two, ...more]);
  expect(mean).toContain("attention, geometric mean of 3 configs, over threads");
  expect(page).not.toContain("NaN");
});
