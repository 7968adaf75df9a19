import { Key, tensor, zeros } from "@saccade/core";
import { checkGradients, evaluate, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { blendOf, cube, dot, expectClose, random, softmaxOf } from "../testing/by-hand.ts";
import { similaritySumPooling } from "./similarity-pooling.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);

describe("similaritySumPooling", () => {
  test("by loops over pairs, with padding", async () => {
    using x = random(key, [2, 4, 3]);
    using mask = tensor(
      [
        [1, 1, 1, 1],
        [1, 1, 1, 0],
      ],
      { dtype: "u8" },
    );
    const lengths = [4, 3];
    const expected = (await cube(x)).map((rows, b) => {
      const seen = (t: number): boolean => t < lengths[b];
      const scores = rows.map((row) =>
        rows.reduce((total, other, j) => total + (seen(j) ? dot(row, other) : 0), 0),
      );
      return blendOf(softmaxOf(scores, seen), rows);
    });
    await expectClose(() => similaritySumPooling(x, { mask }).pooled, expected);
    await checkGradients((y) => similaritySumPooling(y, { mask }).pooled, [x]);
  });

  test("one element is itself; all padding, and none, give zeros", async () => {
    using mask = zeros([1, 2], { dtype: "u8" });
    expect(await evaluate(() => similaritySumPooling(zeros([1, 1, 2]).add(3)).pooled)).toEqual([3, 3]);
    expect(await evaluate(() => similaritySumPooling(zeros([1, 2, 2]).add(3), { mask }).pooled)).toEqual([
      0, 0,
    ]);
    expect(await evaluate(() => similaritySumPooling(zeros([1, 0, 2])).pooled)).toEqual([0, 0]);
  });
});
