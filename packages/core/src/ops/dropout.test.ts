import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ArgumentError, dropout, Key, ones, tensor, threefry2x32, vjp } from "../index.ts";
import { evaluate, evaluateAll, guardMemory } from "../testing/index.ts";

guardMemory({ beforeEach, afterEach });

/** One element of the mask, from the contract. */
function keeps(key: Key, row: number, j: number, p: number): boolean {
  const word = threefry2x32(key.words, Math.floor(j / 4), row, 13)[Math.floor((j % 4) / 2)];
  return ((word >>> (16 * (j % 2))) & 0xffff) >= Math.round(p * 65536);
}

const mask = (shape: readonly number[], p: number, key: Key, rows?: { first: number; of: number }) =>
  evaluate(() => dropout(ones(shape), p, key, { ...(rows && { rows }) }));

describe("dropout", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9])("decides by row and column: %i columns", async (columns) => {
    const [key, p] = [new Key(3), 0.4];
    const got = await mask([2, 3, columns], p, key);
    const wanted = got.map((_, i) => keeps(key, Math.floor(i / columns), i % columns, p));
    expect(got.map((x) => x > 0)).toEqual(wanted);
  });

  test("a mask does not depend on how many columns there are", async () => {
    const key = new Key(4);
    const [wide, narrow] = [await mask([5, 9], 0.5, key), await mask([5, 7], 0.5, key)];
    expect(narrow).toEqual(wide.filter((_, i) => i % 9 < 7));
  });

  test("rows of a larger tensor are dropped as there", async () => {
    const key = new Key(5);
    const whole = await mask([2, 11, 3], 0.5, key);
    const part = await mask([2, 4, 3], 0.5, key, { first: 6, of: 11 });
    expect(part).toEqual(whole.filter((_, i) => Math.floor(i / 3) % 11 >= 6 && Math.floor(i / 3) % 11 < 10));
  });

  test("what is dropped is 0, whatever it was; its gradient too", async () => {
    const key = new Key(6);
    const values = [Number.NaN, Number.POSITIVE_INFINITY, -1, 2, Number.NaN, 3, 4, 5];
    const kept = (await mask([8], 0.5, key)).map((x) => x > 0);
    expect(new Set(kept).size).toBe(2);
    const [y, dx] = await evaluateAll(() => {
      const x = tensor(values);
      const { outputs, grads } = vjp(() => [dropout(x, 0.5, key)], [x], [tensor(values)]);
      return [...outputs, ...grads];
    });
    expect(y).toEqual(values.map((x, i) => (kept[i] ? 2 * x : 0)));
    expect(dx).toEqual(y);
  });

  test("p of 0, and what rounds to 0 or to 1; no columns, no rows, a scalar", async () => {
    const key = new Key(7);
    expect(await mask([100], 0, key)).toEqual(new Array(100).fill(1));
    expect(await mask([100], 1 / 2 ** 18, key)).toEqual(new Array(100).fill(1));
    expect(await mask([100], 1 - 1 / 2 ** 18, key)).toEqual(new Array(100).fill(0));
    expect(await mask([3, 0], 0.5, key)).toEqual([]);
    expect(await mask([0, 3], 0.5, key)).toEqual([]);
    expect(await mask([], 0.5, key)).toEqual([keeps(key, 0, 0, 0.5) ? 2 : 0]);
  });

  test("refuses other p, and rows that are not inside", () => {
    using x = ones([2, 3]);
    for (const p of [-0.1, 1, Number.NaN]) {
      expect(() => dropout(x, p, new Key(0))).toThrow(
        new ArgumentError(`dropout: p must be in [0, 1) (got ${p})`),
      );
    }
    for (const rows of [
      { first: -1, of: 3 },
      { first: 2, of: 3 },
      { first: 0.5, of: 3 },
    ]) {
      expect(() => dropout(x, 0.5, new Key(0), { rows })).toThrow(
        new ArgumentError(
          `dropout: rows must lie inside a larger tensor (got first ${rows.first} of ${rows.of} for [2,3])`,
        ),
      );
    }
    expect(() => dropout(x, 0.5, new Key(0), { row: 1 } as object)).toThrow(ArgumentError);
  });
});
