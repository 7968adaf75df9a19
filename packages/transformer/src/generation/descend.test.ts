import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { descend } from "./descend.ts";

describe("descend", () => {
  const weights = fc.array(
    fc.oneof(fc.double({ min: 1e-9, max: 1, noNaN: true }), fc.constantFrom(0.25, 0.5)),
    {
      minLength: 1,
      maxLength: 50,
    },
  );
  const placeOf = (sorted: readonly number[], rank: number): object => ({
    weight: sorted[rank],
    equalsBefore: rank - sorted.indexOf(sorted[rank]),
    mass: expect.closeTo(
      sorted.slice(0, rank + 1).reduce((a, b) => a + b, 0),
      9,
    ),
  });

  test("by count is the k-th in sorted order", () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 60 }), (values, k) => {
        const sorted = [...values].sort((a, b) => b - a);
        const place = descend(Float64Array.from(values), k, "count");
        expect(place).toEqual(placeOf(sorted, Math.min(k, sorted.length) - 1));
      }),
    );
  });

  test("by mass is the first in sorted order up to which there is enough", () => {
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: 1.1, noNaN: true }), (values, share) => {
        const sorted = [...values].sort((a, b) => b - a);
        const target = share * values.reduce((a, b) => a + b, 0);
        const place = descend(Float64Array.from(values), target, "mass");
        const rank = sorted.indexOf(place.weight) + place.equalsBefore;
        expect(place).toEqual(placeOf(sorted, rank));
        const before = sorted.slice(0, rank).reduce((a, b) => a + b, 0);
        expect(before).toBeLessThanOrEqual(target + 1e-9);
        if (rank < sorted.length - 1) expect(place.mass).toBeGreaterThanOrEqual(target - 1e-9);
      }),
    );
  });

  test("of one weight, and of equal ones", () => {
    expect(descend(Float64Array.of(0.5), 0, "mass")).toEqual({ weight: 0.5, equalsBefore: 0, mass: 0.5 });
    const equal = new Float64Array(100_000).fill(0.5);
    expect(descend(equal, 30_000, "count")).toEqual({ weight: 0.5, equalsBefore: 29_999, mass: 15_000 });
    expect(descend(equal, 10, "mass")).toEqual({ weight: 0.5, equalsBefore: 19, mass: 10 });
  });
});
