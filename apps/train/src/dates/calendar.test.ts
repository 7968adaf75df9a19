import { expect, test } from "vitest";
import { daysOf, firstYear, lastYear, splitOf } from "./calendar.ts";

test("every day of the span is in exactly one split, with its own weekday", () => {
  const { train, heldOut } = daysOf(firstYear, lastYear);
  const all = [...train, ...heldOut];
  expect(all).toHaveLength(36_525); // 100 years, 25 leap days
  expect(new Set(all.map(({ iso }) => iso)).size).toBe(36_525);
  for (const { year, month, day, weekday, iso } of all) {
    expect(iso).toBe(`${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`);
    expect(new Date(`${iso}T00:00:00Z`).getUTCDay()).toBe(weekday);
  }
});

test("about one date in ten is held out, evenly over months, days and years", () => {
  const { train, heldOut } = daysOf(firstYear, lastYear);
  expect(heldOut.length / 36_525).toBeCloseTo(0.1, 2);
  for (const key of ["month", "weekday"] as const) {
    for (const value of new Set(train.map((date) => date[key]))) {
      const held = heldOut.filter((date) => date[key] === value).length;
      const share = held / (held + train.filter((date) => date[key] === value).length);
      expect(share).toBeGreaterThan(0.08);
      expect(share).toBeLessThan(0.12);
    }
  }
  for (let year = firstYear; year <= lastYear; year++) {
    expect(heldOut.filter((date) => date.year === year).length).toBeGreaterThan(15);
  }
});

test("the split of a date is fixed: models that were trained once depend on it", () => {
  const held = daysOf(2021, 2021).heldOut.map(({ iso }) => iso);
  expect(held.slice(0, 3)).toEqual(["2021-01-06", "2021-01-08", "2021-01-22"]);
  expect(splitOf("2021-03-03")).toBe("train");
});
