import { expect, test } from "vitest";
import { createCpuBackend } from "../create-backend.ts";

/** Key, counter and block of Random123's kat_vectors (threefry2x32, 20 rounds). */
const knownAnswers = [
  [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
  [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
  [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0],
];

test("known answers, and lanes are consecutive counters with carry", async () => {
  const backend = await createCpuBackend({ threads: 1, blas: "off" });
  const { memory, wasm } = backend.internals;
  const to = backend.alloc(32);
  const blocks = (key0: number, key1: number, low: number, high: number): number[][] => {
    wasm.threefry4(key0, key1, low, high, to);
    const words = Array.from(memory.i32.subarray(to / 4, to / 4 + 8), (word) => word >>> 0);
    return [0, 1, 2, 3].map((lane) => [words[lane], words[lane + 4]]);
  };
  for (const [key0, key1, low, high, ...block] of knownAnswers) {
    expect(blocks(key0, key1, low, high)[0]).toEqual(block);
  }
  const wrapping = blocks(1, 2, 0xfffffffe, 7);
  expect(wrapping[1]).toEqual(blocks(1, 2, 0xffffffff, 7)[0]);
  expect(wrapping[2]).toEqual(blocks(1, 2, 0, 8)[0]);
  expect(wrapping[3]).toEqual(blocks(1, 2, 1, 8)[0]);
  await backend.dispose();
});
