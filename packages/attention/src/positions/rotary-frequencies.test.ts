import { ArgumentError } from "@saccade/core";
import { describe, expect, test } from "vitest";
import published from "../fixtures/rotary-frequencies.json" with { type: "json" };
import { type RopeScaling, rotaryFrequencies } from "./rotary-frequencies.ts";

interface Published {
  readonly dim: number;
  readonly base: number;
  readonly scaling: RopeScaling;
  readonly length?: number;
  readonly inverseFrequencies: readonly number[];
  readonly attentionFactor: number;
}

/** What float32 powers and divisions leave, relatively. */
const float32 = 4e-7;

test.each(Object.entries(published as unknown as Record<string, Published>))(
  "%s is what Hugging Face computes",
  (_, { dim, base, scaling, length, inverseFrequencies, attentionFactor }) => {
    const found = rotaryFrequencies(dim, base, scaling, length);
    expect(found.attentionFactor).toBeCloseTo(attentionFactor, 12);
    expect(found.inverseFrequencies.length).toBe(inverseFrequencies.length);
    for (const [i, want] of inverseFrequencies.entries()) {
      expect(Math.abs(found.inverseFrequencies[i] / want - 1), `pair ${i}`).toBeLessThan(float32);
    }
  },
);

test("without scaling, powers of the base", () => {
  const { inverseFrequencies, attentionFactor } = rotaryFrequencies(6, 1000);
  expect([...inverseFrequencies]).toEqual([1, 1000 ** (-1 / 3), 1000 ** (-2 / 3)]);
  expect(attentionFactor).toBe(1);
});

describe("refuses", () => {
  const yarn = { ropeType: "yarn", factor: 2, originalMaxPositionEmbeddings: 8 } as const;
  const llama3 = { ...yarn, ropeType: "llama3", lowFreqFactor: 1, highFreqFactor: 4 } as const;
  const longrope = { ...yarn, ropeType: "longrope", shortFactor: [1, 1], longFactor: [1, 1] } as const;
  test.each<[object, string]>([
    [{ ropeType: "linear" }, "linear scaling needs factor, a number (got undefined)"],
    [
      { ropeType: "yarn", factor: 2 },
      "yarn scaling needs originalMaxPositionEmbeddings, a number (got undefined)",
    ],
    [{ ropeType: "dynamic", factor: "2" }, "dynamic scaling needs factor, a number (got 2)"],
    [
      { ropeType: "longrope", factor: 2, originalMaxPositionEmbeddings: 8 },
      "shortFactor must be 2 positive numbers for dim 4 (got none)",
    ],
  ])("what a scaling lacks: %j", (scaling, message) => {
    expect(() => rotaryFrequencies(4, 10000, scaling as RopeScaling)).toThrow(
      new ArgumentError(`rotary positions: ${message}`),
    );
  });

  test.each([
    [[3, 10000], "dim must be even and at least 2 (got 3)"],
    [[4, 0], "base must be positive and finite (got 0)"],
    [[4, 10000, { ...yarn, factor: 0 }], "factor must be positive and finite (got 0)"],
    [[4, 10000, { ...yarn, betaFst: 3 }], 'unknown option "betaFst"'],
    [
      [4, 10000, { ropeType: "ntk", factor: 2 }],
      'unknown ropeType "ntk" (known: linear, dynamic, yarn, llama3, longrope)',
    ],
    [[4, 10000, { ...llama3, highFreqFactor: 1 }], "highFreqFactor must be above lowFreqFactor (got 1, 1)"],
    [[4, 10000, { ...longrope, longFactor: [1] }], "longFactor must be 2 positive numbers for dim 4 (got 1)"],
  ] as const)("%j", (call, message) => {
    const [dim, base, scaling] = call as unknown as [number, number, RopeScaling];
    expect(() => rotaryFrequencies(dim, base, scaling)).toThrow(ArgumentError);
    expect(() => rotaryFrequencies(dim, base, scaling)).toThrow(message);
  });
});
