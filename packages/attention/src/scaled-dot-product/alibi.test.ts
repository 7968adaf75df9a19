import { ArgumentError, tensor, zeros } from "@saccade/core";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { alibiSlopes } from "./alibi.ts";
import { attentionWeights } from "./attention.ts";

guardMemory({ beforeEach, afterEach });

describe("alibiSlopes", () => {
  test("the paper's example: 8 heads from 1/2 to 1/256", () => {
    expect(alibiSlopes(8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((i) => 2 ** -i));
  });

  test("one head", () => {
    expect(alibiSlopes(1)).toEqual([2 ** -8]);
  });

  test("12 heads: those of 8, then every other one of 16", () => {
    expect(alibiSlopes(12)).toEqual([...alibiSlopes(8), ...[0, 2, 4, 6].map((i) => alibiSlopes(16)[i])]);
  });

  test.each([0, -1, 1.5, Number.NaN])("%s heads throw", (heads) => {
    expect(() => alibiSlopes(heads)).toThrow(
      new ArgumentError(`alibiSlopes: heads must be a positive integer (got ${heads})`),
    );
  });
});

describe("the option", () => {
  /** Logarithms of weights to the last one's: scores without ALiBi are 0. */
  const scores = (T: number, S: number, slope: number): Promise<number[]> =>
    evaluate(() => {
      const weights = attentionWeights(zeros([1, 1, T, 2]), zeros([1, 1, S, 2]), { alibi: tensor([slope]) });
      return weights.div(weights.slice(null, null, null, [S - 1, S])).log();
    });

  test("takes the slope times the distance, to both sides of the query's place", async () => {
    const rounded = (await scores(2, 4, 0.5)).map((x) => Math.round(x * 1e5) / 1e5);
    // The first query stands on the third key.
    expect(rounded).toEqual([-0.5, 0, 0.5, 0, -1.5, -1, -0.5, 0]);
  });

  test("false and null are none", async () => {
    for (const alibi of [false, null]) {
      expect(
        await evaluate(() => attentionWeights(zeros([1, 1, 1, 2]), zeros([1, 1, 2, 2]), { alibi })),
      ).toEqual([0.5, 0.5]);
    }
  });
});
