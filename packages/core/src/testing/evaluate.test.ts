import { afterEach, beforeEach, expect, test } from "vitest";
import { memory, ones, zeros } from "../index.ts";
import { evaluate, evaluateAll } from "./evaluate.ts";
import { guardMemory } from "./guard-memory.ts";

guardMemory({ beforeEach, afterEach });

test("gives numbers and frees tensors", async () => {
  const before = memory().tensors;
  expect(await evaluate(() => ones([2, 2]).mul(3))).toEqual([3, 3, 3, 3]);
  expect(await evaluateAll(() => [ones([1]), zeros([2])])).toEqual([[1], [0, 0]]);
  expect(memory().tensors).toBe(before);
});

test("leaves alone what its caller goes on using", async () => {
  using x = ones([2]);
  await evaluate(() => x);
  expect(x.isDisposed).toBe(false);
});
