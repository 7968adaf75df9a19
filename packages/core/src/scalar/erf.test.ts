import { expect, test } from "vitest";
import { erf } from "./erf.ts";

// Abramowitz & Stegun 1964, table 7.1, and mpmath.
test.each([
  [0, 0],
  [1e-10, 1.1283791670955126e-10],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [2, 0.9953222650189527],
  [2.9999, 0.9999778955735178],
  [3, 0.9999779095030014],
  [4, 0.9999999845827421],
  [5.5, 0.9999999999999927],
])("erf(%d)", (x, want) => {
  expect(Math.abs(erf(x) - want)).toBeLessThan(3e-15);
  expect(erf(-x)).toBe(-erf(x));
});

test("the ends", () => {
  expect(erf(Number.POSITIVE_INFINITY)).toBe(1);
  expect(erf(Number.NEGATIVE_INFINITY)).toBe(-1);
  expect(erf(Number.NaN)).toBeNaN();
});
