import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { evaluate, guardMemory } from "../testing/index.ts";
import { affine } from "./affine.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { floorDiv, fmod, maximum, pow, remainder, truncDiv } from "./binary-math.ts";
import { bitAnd, eq, logicalOr, shiftLeft } from "./compare.ts";
import { ones } from "./fill.ts";

guardMemory({ beforeEach, afterEach });

const i32 = (data: number[]): Tensor => tensor(data, { dtype: "i32" });
const u8 = (data: number[]): Tensor => tensor(data, { dtype: "u8" });
describe("the dtype in which operands meet", () => {
  const cases: readonly [string, () => Tensor, string][] = [
    ["u8 + u8", () => add(u8([1]), u8([1])), "i32"],
    ["u8 + i32", () => add(u8([1]), i32([1])), "i32"],
    ["i32 * f32", () => mul(i32([1]), ones([1])), "f32"],
    ["f32 + f64", () => add(ones([1]), ones([1], { dtype: "f64" })), "f64"],
    ["i32 / i32", () => div(i32([1]), i32([2])), "f32"],
    ["i32 + 1", () => add(i32([1]), 1), "i32"],
    ["i32 + 0.5", () => add(i32([1]), 0.5), "f32"],
    ["f32 == i32", () => eq(ones([1]), i32([1])), "u8"],
    ["u8 & u8", () => bitAnd(u8([1]), u8([1])), "u8"],
  ];
  test.each(cases)("%s", (_, make, want) => {
    expect(tidy(() => ({ dtype: make().dtype }))).toEqual({ dtype: want });
  });
});

test("numbers on either side", async () => {
  expect(await evaluate(() => sub(5, i32([2])))).toEqual([3]);
  expect(await evaluate(() => div(6, tensor([4])))).toEqual([1.5]);
  expect(await evaluate(() => affine(i32([2]), 3, -1))).toEqual([5]);
  expect(await evaluate(() => pow(2, tensor([3])))).toEqual([8]);
  expect(await evaluate(() => maximum(tensor([-1, NaN]), 0))).toEqual([0, NaN]);
});

test("integer division: floor, trunc, remainders; by 0", async () => {
  const [a, b] = [() => i32([7, -7, 7]), () => i32([2, 2, 0])];
  expect(await evaluate(() => floorDiv(a(), b()))).toEqual([3, -4, 0]);
  expect(await evaluate(() => truncDiv(a(), b()))).toEqual([3, -3, 0]);
  expect(await evaluate(() => remainder(i32([-7]), i32([3])))).toEqual([2]);
  expect(await evaluate(() => fmod(i32([-7]), i32([3])))).toEqual([-1]);
});

test("masks count, and combine as truth values", async () => {
  expect(await evaluate(() => add(u8([1, 1]), u8([1, 0])))).toEqual([2, 1]);
  expect(await evaluate(() => logicalOr(tensor([0, 2.5]), 0))).toEqual([0, 1]);
});

test("integers wrap at 32 bits", async () => {
  expect(await evaluate(() => mul(i32([65537]), i32([65537])))).toEqual([Math.imul(65537, 65537)]);
});

test("says what is wrong", () => {
  using a = ones([2, 3]);
  using b = ones([2]);
  expect(() => add(a, b)).toThrow(ShapeError);
  expect(() => add(a, b)).toThrow("shapes do not broadcast ([2,3], [2])");
  expect(() => bitAnd(a, 1)).toThrow(DTypeError);
  using c = i32([1]);
  expect(() => shiftLeft(c, 0.5)).toThrow("operands must be integers (got 0.5)");
});
