import fc from "fast-check";
import { expect, test } from "vitest";
import { sizeClass } from "./buffers.ts";

test("a size class holds the request and wastes at most a quarter of it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 257, max: 2 ** 31 }), (bytes) => {
      const size = sizeClass(bytes);
      expect(size).toBeGreaterThanOrEqual(bytes);
      expect(size).toBeLessThanOrEqual(bytes * 1.25 + 64);
      expect(size % 64).toBe(0);
      expect(sizeClass(size)).toBe(size);
    }),
  );
});

test("small requests share one class", () => {
  expect([0, 1, 255, 256].map(sizeClass)).toEqual([256, 256, 256, 256]);
});
