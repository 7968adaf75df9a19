import { ArgumentError, Key, ShapeError, zeros } from "@saccade/core";
import { guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  blendOf,
  checkModule,
  cube,
  dot,
  expectClose,
  matrix,
  random,
  softmaxOf,
  times,
} from "../testing/by-hand.ts";
import { ConcatAttention, DotAttention, GeneralAttention, LocationAttention } from "./luong-attention.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const where = { key, dtype: "f64" } as const;

describe("Luong's scores, by loops", () => {
  const cases = {
    dot: () => new DotAttention(),
    general: () => new GeneralAttention({ queryDim: 3, keyDim: 3 }, where),
    concat: () => new ConcatAttention({ queryDim: 3, keyDim: 3, attentionDim: 2 }, where),
    location: () => new LocationAttention({ queryDim: 3, maxLength: 9 }, where),
  };

  test.each(Object.entries(cases))("%s", async (kind, make) => {
    using layer = make();
    using query = random(key.fold(1), [2, 3, 3]);
    using keys = random(key.fold(2), [2, 5, 3]);
    const [q, k] = await Promise.all([cube(query), cube(keys)]);
    const weightsOf = await Promise.all(layer.parameters().map(matrix));
    const score = (b: number, i: number, j: number): number => {
      if (kind === "dot") return dot(q[b][i], k[b][j]);
      if (kind === "general") return dot(q[b][i], times(weightsOf[0], k[b][j]));
      if (kind === "location") return dot(weightsOf[0][j], q[b][i]);
      return dot(weightsOf[1][0], times(weightsOf[0], [...q[b][i], ...k[b][j]]).map(Math.tanh));
    };
    const expected = q.map((rows, b) =>
      rows.map((_, i) => blendOf(softmaxOf(k[b].map((_, j) => score(b, i, j))), k[b])),
    );
    await expectClose(() => layer.forward(query, keys).context, expected);
    await checkModule(layer, (x, m) => layer.forward(x, m).context, [query, keys], key.fold(3));
  });

  test("a field that is unknown, a width that is none", () => {
    const config = { queryDim: 2, keyDim: 2, keyDimm: 3 };
    expect(() => new GeneralAttention(config, { key })).toThrow('GeneralAttention: unknown option "keyDimm"');
    expect(() => new LocationAttention({ queryDim: 2, maxLength: 0 }, { key })).toThrow(
      new ArgumentError("LocationAttention: maxLength must be a positive integer (got 0)"),
    );
  });

  test("what does not fit", () => {
    using query = zeros([1, 2, 3]);
    using keys = zeros([1, 4, 2]);
    using location = new LocationAttention({ queryDim: 3, maxLength: 3 }, { key });
    expect(() => new DotAttention().forward(query, keys)).toThrow(ShapeError);
    expect(() => location.forward(query, keys)).toThrow(
      new ArgumentError("LocationAttention: there are 3 places for 4 keys"),
    );
  });
});
