import { Key } from "@saccade/core";
import { describe, expect, it } from "vitest";
import { EpochWindows } from "./epoch-windows.ts";

describe("EpochWindows", () => {
  it("takes every window of an epoch once, inside the text, with room for what follows", () => {
    for (const [length, window] of [
      [1000, 7],
      [130, 64],
      [66, 64],
      [65, 64],
      [12, 1],
    ]) {
      const windows = new EpochWindows(new Key(3), length, window);
      for (const epoch of [0, 1, 5]) {
        const starts = Array.from({ length: windows.perEpoch }, (_, i) =>
          windows.start(epoch * windows.perEpoch + i),
        );
        expect(new Set(starts).size).toBe(windows.perEpoch);
        expect(Math.min(...starts)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...starts) + window + 1).toBeLessThanOrEqual(length);
        const sorted = starts.toSorted((a, b) => a - b);
        for (let i = 1; i < sorted.length; i++) expect(sorted[i] - sorted[i - 1]).toBe(window);
      }
    }
  });

  it("is a function of key and number, in any order, and epochs differ", () => {
    const a = new EpochWindows(new Key(1), 5000, 10);
    const b = new EpochWindows(new Key(1), 5000, 10);
    const late = b.start(1203);
    const starts = Array.from({ length: 1204 }, (_, i) => a.start(i));
    expect(starts[1203]).toBe(late);
    expect(starts.slice(0, a.perEpoch)).not.toEqual(starts.slice(a.perEpoch, 2 * a.perEpoch));
    expect(new EpochWindows(new Key(2), 5000, 10).start(0)).not.toBe(starts[0]);
  });
});
