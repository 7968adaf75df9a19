import { expect, test } from "vitest";
import { formatProgress, trackProgress } from "./progress.ts";

test("what is left takes as long as what is done did", () => {
  let clock = 0;
  const progress = trackProgress([1, 3, 4], () => clock);
  clock = 10_000;
  expect(progress.finished()).toEqual({ done: 1, total: 3, secondsLeft: 70 });
  clock = 20_000;
  expect(progress.finished()).toEqual({ done: 2, total: 3, secondsLeft: 20 });
  expect(progress.finished().secondsLeft).toBe(0);
});

test("in words", () => {
  expect(formatProgress({ done: 1, total: 3, secondsLeft: 69.2 })).toBe("[1/3] about 70 s left");
  expect(formatProgress({ done: 1, total: 3, secondsLeft: 130 })).toBe("[1/3] about 2 min left");
  expect(formatProgress({ done: 3, total: 3, secondsLeft: 0 })).toBe("[3/3] done");
});
