import { expect, test } from "vitest";
import type { GoldenCase } from "./case-list.ts";
import { Config } from "./config.ts";
import { type CaseReport, countLine, type Outcome, reportLines } from "./report.ts";

function report(id: string, outcome: Outcome): CaseReport {
  const golden: GoldenCase = {
    ...{ id, folder: "ops", group: id.split("/")[0], op: "add", config: new Config(), entry: new Config() },
    ...{
      atol: 0,
      rtol: 0,
      path: "",
      prefix: "",
      inputs: [],
      params: [],
      outputs: [],
      upstream: [],
      grads: [],
      gradsAbsent: [],
    },
  };
  return { golden, outcome, milliseconds: 1 };
}

const reports = [
  report("g/a", { state: "passed", remarks: ["zeros, not NaN"] }),
  report("g/b", { state: "failed", mismatches: [{ name: "out/out", problem: "1 of 2 differ" }] }),
  report("g/c", { state: "skipped", reason: "needs i64" }),
  report("h/a", { state: "skipped", reason: "not yet" }),
  report("h/b", { state: "skipped", reason: "not yet" }),
];

test("counts by group and in all, and names failures, remarks and skips", () => {
  expect(reportLines("cpu", reports, false)).toEqual([
    "FAILED g/b (add) out/out: 1 of 2 differ",
    "differs by design, 1: zeros, not NaN: g/a",
    "skipped, 1: needs i64: g/c",
    "skipped, 2: not yet: h (all 2)",
    "cpu g: 1 passed, 1 failed, 1 skipped",
    "cpu h: 0 passed, 0 failed, 2 skipped",
    "cpu: 1 passed, 1 failed, 3 skipped",
  ]);
  expect(countLine(reports)).toBe("1 passed, 1 failed, 3 skipped");
});

test("verbose adds a line for every case", () => {
  expect(reportLines("cpu", reports, true)[0]).toBe("passed g/a (add) 1.0 ms");
});
