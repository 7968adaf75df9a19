import { expect, test } from "vitest";
import { place, positionsOf } from "./place.ts";

const positions = (...args: Parameters<typeof place>) => Array.from(positionsOf(place(...args)));

test("row-major", () => {
  expect(place([2, 3])).toEqual({ shape: [2, 3], strides: [3, 1], offset: 0, length: 6 });
  expect(positions([2, 3], {}, 10)).toEqual([10, 11, 12, 13, 14, 15]);
  expect(positions([])).toEqual([0]);
  expect(positions([2, 0])).toEqual([]);
});

test("dimensions in another order", () => {
  expect(positions([2, 3], { order: [1, 0] })).toEqual([0, 2, 4, 1, 3, 5]);
});

test("gaps, broadcasts, and backwards", () => {
  expect(place([3], { steps: [2], offset: 1 })).toEqual({ shape: [3], strides: [2], offset: 1, length: 7 });
  expect(positions([2, 2], { steps: [1, 0] })).toEqual([0, 0, 1, 1]);
  expect(positions([2, 3], { steps: [1, -1] })).toEqual([2, 1, 0, 5, 4, 3]);
  expect(positions([3], { steps: [-2] })).toEqual([4, 2, 0]);
});
