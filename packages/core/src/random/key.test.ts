import { describe, expect, test } from "vitest";
import { ArgumentError } from "../errors.ts";
import { Key } from "./key.ts";

const name = (key: Key): string => key.words.join();

describe("Key", () => {
  test("takes seeds of 53 bits, or words", () => {
    expect(new Key(0).words).toEqual([0, 0]);
    expect(new Key(2 ** 32 + 5).words).toEqual([1, 5]);
    expect(new Key(Number.MAX_SAFE_INTEGER).words).toEqual([0x1fffff, -1]);
    expect(new Key([0xffffffff, 1]).words).toEqual([-1, 1]);
    for (const seed of [-1, 0.5, 2 ** 53, Number.NaN]) expect(() => new Key(seed)).toThrow(ArgumentError);
  });

  test("fold and split give distinct keys, level by level", () => {
    const root = new Key(42);
    const seen = new Set([name(root)]);
    let count = 1;
    for (const child of root.split(200)) {
      for (const key of [child, ...child.split(20)]) {
        seen.add(name(key));
        count++;
      }
    }
    for (const seed of [0, 1, 43]) {
      for (const key of new Key(seed).split(50)) {
        seen.add(name(key));
        count++;
      }
    }
    expect(seen.size).toBe(count);
  });

  test("are values: equal ways lead to equal keys", () => {
    expect(new Key(7).fold(3).fold(2 ** 32 - 1).words).toEqual(new Key(7).fold(3).fold(2 ** 32 - 1).words);
    expect(new Key(7).split(3)[2].words).toEqual(new Key(7).fold(2).words);
    expect(new Key(new Key(7).fold(3).words).words).toEqual(new Key(7).fold(3).words);
    expect(new Key(7).fold(1).fold(2).words).not.toEqual(new Key(7).fold(2).fold(1).words);
  });

  test("fold takes 32 bits", () => {
    for (const index of [-1, 0.5, 2 ** 32]) {
      expect(() => new Key(0).fold(index)).toThrow(
        `Key.fold: the index must be an integer in [0, 2^32) (got ${index})`,
      );
    }
  });
});
