import { withBackend } from "@saccade/core";
import { createReferenceBackend } from "@saccade/core/reference";
import { expect, test } from "vitest";
import { placeCounts } from "../counts/format.ts";
import { timedCalls } from "./calls.ts";
import { formatOverhead, lesser } from "./format.ts";
import { leastTime } from "./least-time.ts";

test("calls leave nothing behind, and can be made again and again", async () => {
  const backend = createReferenceBackend();
  const calls = withBackend(backend, timedCalls);
  const before = backend.info();
  for (const { run } of calls) {
    run();
    run();
  }
  expect(backend.info()).toEqual(before);
  expect(calls.map(({ name }) => name)).toContain("layerNorm, forward and backward");
});

test("the least time of a run is told in us", () => {
  let runs = 0;
  const least = leastTime(() => {
    runs += 1;
    const until = performance.now() + 0.5;
    while (performance.now() < until);
  });
  expect(least).toBeGreaterThanOrEqual(500);
  expect(least).toBeLessThan(5000);
  expect(runs).toBeGreaterThan(60);
});

test("tables have a column for each place", () => {
  const columns = { cpu: lesser({ add: 2 }, { add: 1 }), gpu: lesser({}, { add: 3, token: 400 }) };
  const text = formatOverhead(columns);
  expect(text).toContain("| us a call | cpu | gpu |");
  expect(text).toContain("| add | 1.000 | 3.000 |\n| token |  | 400.0 |");
  const page = "<!-- counted -->\na\n<!-- end -->\n<!-- overhead -->\nold\n<!-- end -->\n";
  expect(placeCounts(page, "new", "overhead")).toBe(page.replace("old", "new"));
  expect(() => placeCounts("", "new", "overhead")).toThrow("the page has no <!-- overhead -->");
});
