import { expect, test } from "vitest";
import { generate } from "./generate.ts";

test("numbers are a function of the seed, rounded to the dtype", () => {
  const normal = { kind: "normal", mean: 0, deviation: 1 } as const;
  expect(generate(normal, "f32", 5, "a")).toEqual(generate(normal, "f32", 5, "a"));
  expect(generate(normal, "f32", 5, "a")).not.toEqual(generate(normal, "f32", 5, "b"));
  expect(generate(normal, "f32", 9, "a").every((x) => x === Math.fround(x))).toBe(true);
});

test("normal numbers have their mean and deviation", () => {
  const numbers = generate({ kind: "normal", mean: 2, deviation: 3 }, "f64", 20_000, "moments");
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
  expect(mean).toBeCloseTo(2, 1);
  expect(Math.sqrt(variance)).toBeCloseTo(3, 1);
});

test("integers cover their range, lists repeat", () => {
  const digits = generate({ kind: "integers", low: -1, high: 2 }, "i32", 200, "digits");
  expect([...new Set(digits)].sort()).toEqual([-1, 0, 1]);
  const anyInteger = generate({ kind: "integers", low: -(2 ** 31), high: 2 ** 31 }, "i32", 1000, "any");
  expect(anyInteger.every((x) => x === (x | 0))).toBe(true);
  expect(Array.from(generate({ kind: "list", numbers: [1, -0, 3] }, "f32", 5, ""))).toEqual([
    1, -0, 3, 1, -0,
  ]);
});
