import { expect, test } from "vitest";
import { type Plan, planOf } from "./plan.ts";

const lstm = (batch: number, units: number): Plan => planOf({ batch, units, sums: 4, depth: units });

test("where one processor can wait for a step, workgroups go on with the next", () => {
  expect(lstm(1, 64)).toEqual({ group: 256, rows: 1, lanes: 8, steps: 256 });
  expect(lstm(500, 64).rows).toBe(4);
  expect(lstm(1, 128).steps).toBe(1);
});

test("few units are shared by more lanes, many sequences by a workgroup", () => {
  expect(lstm(1, 512)).toEqual({ group: 128, rows: 1, lanes: 32, steps: 1 });
  expect(lstm(64, 1024)).toEqual({ group: 128, rows: 8, lanes: 8, steps: 1 });
  expect(lstm(3, 2048)).toEqual({ group: 128, rows: 4, lanes: 32, steps: 1 });
});

test("shared memory of 16 KiB is enough, whatever the sizes", () => {
  for (const batch of [1, 2, 7, 64, 1000]) {
    for (const units of [1, 3, 64, 90, 91, 300, 4096]) {
      const { group, rows, lanes } = lstm(batch, units);
      expect(group * rows * 16).toBeLessThanOrEqual(16384);
      expect(group % lanes).toBe(0);
    }
  }
});
