import { expect, test } from "vitest";
import { parseCores, pinTo } from "./pin.ts";

test("reads lists of cores", () => {
  expect(parseCores("0")).toEqual([0]);
  expect(parseCores("0-2,5")).toEqual([0, 1, 2, 5]);
});

test("as many cores as threads, none without taskset", () => {
  expect(pinTo([2, 3], 1)).toEqual(["taskset", "-c", "2"]);
  expect(pinTo([2, 3], 2)).toEqual(["taskset", "-c", "2,3"]);
  expect(pinTo([2, 3], 4)).toEqual(["taskset", "-c", "2,3"]);
  expect(pinTo([], 1)).toEqual([]);
});
