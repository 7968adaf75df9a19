import { expect, test } from "vitest";
import { meanSquare, patterned, scattered } from "./data.ts";

test("scattered numbers fill -1 to 1 evenly, another way for every salt", () => {
  const values = scattered(10_000, 1);
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1);
  expect(meanSquare(values)).toBeCloseTo(1 / 3, 2);
  const others = scattered(10_000, 2);
  const product = values.map((value, i) => value * others[i]);
  expect(Math.abs(product.reduce((a, b) => a + b) / 10_000)).toBeLessThan(0.02);
});

test("patterned numbers have a period of 101", () => {
  const values = patterned(202);
  expect(values.slice(101)).toEqual(values.slice(0, 101));
});
