import { describe, expect, test } from "vitest";
import { threefry2x32 } from "./threefry.ts";

/** Known answers of the Random123 distribution: key, counter, value; Threefry-2x32 with 20 rounds. */
const known = [
  [[0x00000000, 0x00000000], [0x00000000, 0x00000000], [0x6b200159, 0x99ba4efe]],
  [[0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], [0x1cb996fc, 0xbb002be7]],
  [[0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3], [0xc4923a9c, 0x483df7a0]],
] as const; // biome-ignore format: a table reads better

describe("threefry2x32", () => {
  test.each(known)("key %j, counter %j", ([k0, k1], [c0, c1], [x0, x1]) => {
    expect(threefry2x32([k0, k1], c0, c1).map((word) => word >>> 0)).toEqual([x0, x1]);
    // Signed words are the same words.
    expect(threefry2x32([k0 | 0, k1 | 0], c0 | 0, c1 | 0)).toEqual([x0 | 0, x1 | 0]);
  });

  test("is a bijection of counters: no two alike", () => {
    const seen = new Set(Array.from({ length: 10_000 }, (_, i) => threefry2x32([1, 2], i, 0).join()));
    expect(seen.size).toBe(10_000);
  });
});
