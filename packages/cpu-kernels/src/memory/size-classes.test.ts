import { expect, test } from "vitest";
import { ALIGNMENT, CLASS_COUNT, classBytes, classOf } from "./size-classes.ts";

test("a class holds the request, wastes at most an eighth, and is the smallest that holds it", () => {
  for (let bytes = 0; bytes < 2 ** 32; bytes = Math.ceil(bytes * 1.07) + 1) {
    const sizeClass = classOf(bytes);
    const held = classBytes(sizeClass);
    expect(held).toBeGreaterThanOrEqual(bytes);
    expect(held % ALIGNMENT).toBe(0);
    expect(held).toBeLessThanOrEqual(Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT * 1.125));
    if (sizeClass > 1) expect(classBytes(sizeClass - 1)).toBeLessThan(Math.max(bytes, 1));
    expect(sizeClass).toBeLessThan(CLASS_COUNT);
  }
});

test("class sizes round-trip", () => {
  for (let sizeClass = 1; sizeClass < CLASS_COUNT - 1; sizeClass++) {
    expect(classOf(classBytes(sizeClass))).toBe(sizeClass);
  }
});
