import { expect, test } from "vitest";
import { compareOutput } from "./compare.ts";
import { near, type Tolerance, ulps } from "./tolerance.ts";
import { ulpOf } from "./ulp.ts";

const { NaN: nan } = Number;

function passes(got: number, expected: number, tolerance: Tolerance, magnitude?: number): boolean {
  const magnitudes = magnitude === undefined ? null : Float64Array.of(magnitude);
  return (
    compareOutput("f32", Float32Array.of(got), Float64Array.of(expected), tolerance, magnitudes).failure ===
    null
  );
}

test("the unit in the last place", () => {
  expect(ulpOf("f32", 1)).toBe(2 ** -23);
  expect(ulpOf("f32", -1.99)).toBe(2 ** -23);
  expect(ulpOf("f32", 2)).toBe(2 ** -22);
  expect(ulpOf("f32", 0.1)).toBe(2 ** -27);
  expect(ulpOf("f32", 1e-45)).toBe(2 ** -149);
  expect(ulpOf("f64", 1)).toBe(2 ** -52);
});

test("bits: the rounded number, signs of zeros included, all NaN alike", () => {
  expect(passes(Math.fround(0.1), 0.1, "bits")).toBe(true);
  expect(passes(Math.fround(0.1) + 2 ** -27, 0.1, "bits")).toBe(false);
  expect(passes(-0, 0, "bits")).toBe(false);
  expect(passes(-0, 0, "equal")).toBe(true);
  expect(passes(nan, nan, "bits")).toBe(true);
});

test("ulps count from the number that is not rounded", () => {
  const third = Math.fround(1 / 3);
  expect(passes(third, 1 / 3, ulps(0.5))).toBe(true);
  expect(passes(third + 2 ** -25, 1 / 3, ulps(0.5))).toBe(false);
  expect(passes(third + 2 ** -25, 1 / 3, ulps(1.5))).toBe(true);
});

test("the floor is relative to the magnitude", () => {
  expect(passes(1e-5, 0, near(1, 1), 100)).toBe(true);
  expect(passes(1e-5, 0, near(1, 1), 10)).toBe(false);
});

test("NaN and infinities are where they are expected; what overflows may do so early", () => {
  expect(passes(nan, 1, ulps(1e9))).toBe(false);
  expect(passes(1, nan, ulps(1e9))).toBe(false);
  expect(passes(Infinity, -Infinity, ulps(1e9))).toBe(false);
  expect(passes(3e38, Infinity, ulps(1e9))).toBe(false);
  expect(passes(Infinity, 3.5e38, ulps(1))).toBe(true);
  expect(passes(Infinity, 3.4028234e38, ulps(2))).toBe(true);
  expect(passes(Infinity, 1e38, ulps(2))).toBe(false);
});

test("denormals may be flushed", () => {
  expect(passes(0, 1e-40, ulps(1))).toBe(true);
  expect(passes(0, 2e-38, ulps(1))).toBe(false);
});

test("integers are exact whatever the tolerance", () => {
  const compare = (got: number) =>
    compareOutput("i32", Int32Array.of(got), Float64Array.of(5), near(9, 9), null).failure;
  expect(compare(5)).toBeNull();
  expect(compare(6)).toBe("element 0 is 6, expected 5 (1 of 1 wrong)");
});
