import { expect, test } from "vitest";
import { type Span, seenKeys } from "./seen-keys.ts";
import { type MaskMod, traceMods } from "./trace-mods.ts";

interface Seen {
  readonly causal?: boolean;
  readonly left?: number;
  readonly right?: number;
  readonly maskMod?: MaskMod;
}

const span = (seen: Seen, T: number, S: number, queries: Span): Span => {
  const { causal = false, left = -1, right = -1, maskMod } = seen;
  const mods = maskMod && traceMods({ maskMod })?.mods;
  return seenKeys(
    { causal, windowLeft: left, windowRight: right, ...(mods ? { mods } : {}) },
    { B: 1, H: 2, T, S },
    queries,
  );
};

test("by causality and windows, first and last key that some query sees, by definition", () => {
  for (const [T, S] of [
    [5, 5],
    [3, 8],
    [8, 3],
    [1, 1],
  ]) {
    for (const causal of [false, true]) {
      for (const left of [-1, 0, 2]) {
        for (const right of [-1, 0, 2]) {
          for (const queries of [
            [0, 1],
            [0, T],
            [T - 1, T],
          ] as const) {
            const sees = (i: number, j: number): boolean => {
              const distance = i + S - T - j;
              return (
                (!causal || distance >= 0) &&
                (left < 0 || distance <= left) &&
                (right < 0 || -distance <= right)
              );
            };
            const rows = Array.from({ length: queries[1] - queries[0] }, (_, n) => queries[0] + n);
            const keys = Array.from({ length: S }, (_, j) => j).filter((j) => rows.some((i) => sees(i, j)));
            const [from, to] = span({ causal, left, right }, T, S, queries);
            if (keys.length > 0) expect([from, to]).toEqual([keys[0], (keys.at(-1) ?? 0) + 1]);
            else expect(to - from).toBe(0);
          }
        }
      }
    }
  }
});

test("by blocks of 64 of a mask function, of all heads", () => {
  const own: MaskMod = ({ q, k }) => q.floorDiv(64).eq(k.floorDiv(64));
  expect(span({ maskMod: own }, 200, 200, [70, 80])).toEqual([64, 128]);
  expect(span({ maskMod: own }, 200, 200, [60, 70])).toEqual([0, 128]);
  expect(span({ maskMod: own, causal: true }, 200, 200, [192, 200])).toEqual([192, 200]);
  const second: MaskMod = ({ h, q, k }) => h.eq(1).logicalAnd(k.lt(64)).logicalOr(q.eq(k));
  expect(span({ maskMod: second }, 200, 200, [130, 131])).toEqual([0, 192]);
  const nothing: MaskMod = ({ k }) => k.lt(0);
  const [from, to] = span({ maskMod: nothing }, 200, 200, [0, 200]);
  expect(to).toBe(from);
});
