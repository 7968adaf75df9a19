import { expect, test } from "vitest";
import { callsPerSample, median, sampleFor } from "./measure.ts";

test("the median of odd and even counts", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(() => median([])).toThrow("no values");
});

/** Counts its calls, each of which keeps the processor busy for so many ms. */
function busy(length: number) {
  return {
    calls: 0,
    syncs: 0,
    call() {
      this.calls++;
      for (const end = performance.now() + length; performance.now() < end; );
    },
    async sync() {
      this.syncs++;
    },
  };
}

test("a sample is long enough for the clock", async () => {
  expect(await callsPerSample(busy(0.1))).toBeGreaterThanOrEqual(10);
  expect(await callsPerSample(busy(5))).toBe(1);
});

test("times are those of one call, and every sample waits for its last", async () => {
  const measured = busy(1);
  const times = await sampleFor(measured, 4, 0.02);
  expect(measured.calls).toBe(4 * times.length);
  expect(measured.syncs).toBe(times.length);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(1);
  expect(await sampleFor(measured, 1, 0)).toHaveLength(1);
});
