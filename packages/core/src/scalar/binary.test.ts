import { expect, test } from "vitest";
import { binaryFunctions as f } from "./binary.ts";

test("remainder has the sign of the divisor, fmod of the dividend", () => {
  const pairs = [
    [7, 3],
    [-7, 3],
    [7, -3],
    [-7, -3],
  ] as const;
  expect(pairs.map(([x, y]) => f.remainder(x, y))).toEqual([1, 2, -2, -1]);
  expect(pairs.map(([x, y]) => f.fmod(x, y))).toEqual([1, -1, 1, -1]);
});

test("powers that are 1 whatever the other operand", () => {
  expect([f.pow(1, Number.NaN), f.pow(Number.NaN, 0), f.pow(-1, Number.POSITIVE_INFINITY)]).toEqual([
    1, 1, 1,
  ]);
  expect(f.pow(-1, Number.NaN)).toBeNaN();
});

test("NaN wins in maximum, loses in fmax", () => {
  expect(f.maximum(Number.NaN, 1)).toBeNaN();
  expect(f.minimum(1, Number.NaN)).toBeNaN();
  expect([f.fmax(Number.NaN, 1), f.fmin(1, Number.NaN)]).toEqual([1, 1]);
  expect(f.fmax(Number.NaN, Number.NaN)).toBeNaN();
});

test("comparisons with NaN are false, but for 'not equal'", () => {
  const nan = Number.NaN;
  expect([f.eq(nan, nan), f.lt(nan, 1), f.ge(nan, 1), f.ne(nan, nan)]).toEqual([0, 0, 0, 1]);
});

test("shifts keep the sign", () => {
  expect([f.shiftRight(-7, 1), f.shiftLeft(-7, 2)]).toEqual([-4, -28]);
});
