import { DTypeError, Key, tensor, zeros } from "@saccade/core";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  checkModule,
  cube,
  dot,
  expectClose,
  logistic,
  matrix,
  random,
  softmaxOf,
  times,
} from "../testing/by-hand.ts";
import { LocalMonotonicAttention, LocalPredictiveAttention, localWeights } from "./local-attention.ts";
import { DotAttention, GeneralAttention } from "./luong-attention.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const where = { key, dtype: "f64" } as const;

describe("local attention, by loops", () => {
  test("local-m", async () => {
    using layer = new LocalMonotonicAttention({ alignment: new DotAttention(), halfWidth: 1 });
    using query = random(key.fold(1), [2, 3, 2]);
    using keys = random(key.fold(2), [2, 5, 2]);
    const [q, k] = await Promise.all([cube(query), cube(keys)]);
    const expected = (start: number) =>
      q.map((rows, b) =>
        rows.map((row, i) =>
          softmaxOf(
            k[b].map((it) => dot(row, it)),
            (j) => Math.abs(j - i - start) <= 1,
          ),
        ),
      );
    await expectClose(() => layer.forward(query, keys).weights, expected(0));
    await expectClose(() => layer.forward(query, keys, { start: 2 }).weights, expected(2));
  });

  test("local-m past the end gives zeros", async () => {
    using layer = new LocalMonotonicAttention({ alignment: new DotAttention(), halfWidth: 1 });
    const beyond = { start: 9 };
    expect(await evaluate(() => layer.forward(zeros([1, 1, 2]), zeros([1, 3, 2]), beyond).weights)).toEqual([
      0, 0, 0,
    ]);
  });

  test("a mask that is not u8 is refused", () => {
    using scores = zeros([1, 2, 4]);
    using centres = zeros([1, 2]);
    using mask = zeros([1, 2, 4]);
    expect(() => localWeights(scores, centres, { halfWidth: 1, mask })).toThrow(DTypeError);
  });

  test("local-p, with padding", async () => {
    const alignment = new GeneralAttention({ queryDim: 2, keyDim: 3 }, where);
    using layer = new LocalPredictiveAttention({ alignment, halfWidth: 2, queryDim: 2 }, where);
    using query = random(key.fold(1), [2, 3, 2]);
    using keys = random(key.fold(2), [2, 7, 3]);
    using mask = tensor([[[1, 1, 1, 1, 1, 1, 1]], [[1, 1, 1, 1, 0, 0, 0]]], { dtype: "u8" });
    const lengths = [7, 4];
    const [q, k] = await Promise.all([cube(query), cube(keys)]);
    const [general, hidden, place] = await Promise.all(
      [alignment.keyProjection, layer.hiddenProjection, layer.placeProjection].map((it) => matrix(it.weight)),
    );
    const expected = q.map((rows, b) =>
      rows.map((row) => {
        const p = lengths[b] * logistic(dot(place[0], times(hidden, row).map(Math.tanh)));
        const scores = k[b].map((it) => dot(row, times(general, it)));
        const weights = softmaxOf(scores, (j) => Math.abs(j - p) <= 2 && j < lengths[b]);
        return weights.map((w, j) => w * Math.exp(-((j - p) ** 2) / (2 * (2 / 2) ** 2)));
      }),
    );
    await expectClose(() => layer.forward(query, keys, { mask }).weights, expected);
    await checkModule(layer, (x, m) => layer.forward(x, m, { mask }).context, [query, keys], key.fold(3));
  });
});
