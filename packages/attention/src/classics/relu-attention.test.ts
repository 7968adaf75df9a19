import { Key, ones, ShapeError, zeros } from "@saccade/core";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  blendOf,
  checkModule,
  cube,
  dot,
  expectClose,
  matrix,
  plus,
  random,
  softmaxOf,
  times,
} from "../testing/by-hand.ts";
import { ReluAttention } from "./relu-attention.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);

describe("ReluAttention", () => {
  test("its equations, by loops", async () => {
    using layer = new ReluAttention({ queryDim: 3, keyDim: 3, attentionDim: 4 }, { key, dtype: "f64" });
    using query = random(key.fold(1), [2, 2, 3]);
    using keys = random(key.fold(2), [2, 5, 3]);
    const [q, k] = await Promise.all([cube(query), cube(keys)]);
    const [W, U, w] = await Promise.all(
      [layer.queryProjection, layer.keyProjection, layer.scoreProjection].map((it) => matrix(it.weight)),
    );
    const b = (await layer.queryProjection.bias?.array()) as number[];
    const expected = q.map((rows, n) =>
      rows.map((row) => {
        const score = (it: number[]): number =>
          dot(
            w[0],
            plus(times(W, row), times(U, it), b).map((x) => Math.max(0, x)),
          );
        return plus(row, blendOf(softmaxOf(k[n].map(score)), k[n]));
      }),
    );
    await expectClose(() => layer.forward(query, keys).context, expected);
    await checkModule(layer, (x, m) => layer.forward(x, m).context, [query, keys], key.fold(3));
  });

  test("where nothing may be attended to, the residual is left; values of another width throw", async () => {
    using layer = new ReluAttention({ queryDim: 2, keyDim: 2 }, { key });
    using mask = zeros([1, 1, 4], { dtype: "u8" });
    expect(await evaluate(() => layer.forward(ones([1, 1, 2]), ones([1, 4, 2]), { mask }).context)).toEqual([
      1, 1,
    ]);
    using query = ones([1, 1, 2]);
    using keys = ones([1, 4, 2]);
    using values = ones([1, 4, 3]);
    expect(() => layer.forward(query, keys, { values })).toThrow(ShapeError);
  });
});
