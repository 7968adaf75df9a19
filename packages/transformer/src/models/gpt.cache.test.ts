import {
  ArgumentError,
  GradientError,
  Key,
  ShapeError,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Gpt } from "./gpt.ts";

guardMemory({ beforeEach, afterEach });

const make = (bias = true): Gpt =>
  new Gpt(
    { vocabSize: 11, contextLength: 10, embedDim: 12, numLayers: 2, numHeads: 3, bias },
    { key: new Key(0) },
  );
const ids = (rows: number[][]): Tensor => tensor(rows, { dtype: "i32" });
const texts = [
  [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
  [3, 1, 4, 1, 5, 9, 2, 6, 5, 3],
];
const piece = (start: number, end: number): number[][] => texts.map((row) => row.slice(start, end));

describe("Gpt with a cache", () => {
  test.each([true, false])(
    "at every step the logits of the whole text, for a batch; bias %s",
    async (bias) => {
      using model = make(bias);
      using cache = model.createCache({ batch: 2 });
      expect([cache.layers.length, cache.maxLength, cache.length]).toEqual([2, 10, 0]);
      for (const prompt of [1, 4, 10]) {
        cache.reset();
        for (let end = prompt; end <= 10; end++) {
          const [got, last, expected] = await evaluateAll(() => {
            const input = ids(piece(cache.length, end));
            const whole = model.forward(ids(piece(0, end)));
            const cached = model.forward(input, { cache });
            cache.truncate(end - input.shape[1]);
            return [
              cached,
              model.forward(input, { cache, logits: "last" }),
              whole.slice(null, [-input.shape[1], null]),
            ];
          });
          for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 6);
          const rows = expected.length / 22;
          const lastRows = [0, 1].flatMap((b) =>
            expected.slice((b + 1) * rows * 11 - 11, (b + 1) * rows * 11),
          );
          for (const [i, value] of lastRows.entries()) expect(last[i]).toBeCloseTo(value, 6);
          expect(cache.length).toBe(end);
        }
      }
    },
  );

  test('logits "last" are the last of all', async () => {
    using model = make();
    const [last, all] = await evaluateAll(() => {
      const input = ids(piece(0, 5));
      return [model.forward(input, { logits: "last" }), model.forward(input).slice(null, [-1, null])];
    });
    for (const [i, value] of all.entries()) expect(last[i]).toBeCloseTo(value, 6);
  });

  test("what is refused leaves the cache as it was, in every layer", () => {
    using model = make();
    using cache = model.createCache({ batch: 1, maxLength: 4 });
    using input = ids([[1, 2, 3]]);
    model.forward(input, { cache }).dispose();
    const lengths = (): number[] => cache.layers.map(({ length }) => length);
    expect(() => model.forward(input, { cache })).toThrow(ShapeError);
    expect(lengths()).toEqual([3, 3]);
    using one = ids([[1]]);
    expect(() => valueAndGrad(() => model.forward(one, { cache }).sum(), model.parameters())).toThrow(
      GradientError,
    );
    expect(lengths()).toEqual([3, 3]);
    const { layers } = model.decoder;
    const forward = layers[1].feedForward.forward.bind(layers[1].feedForward);
    layers[1].feedForward.forward = () => {
      throw new Error("broken");
    };
    expect(() => model.forward(one, { cache })).toThrow("broken");
    expect(lengths()).toEqual([3, 3]);
    layers[1].feedForward.forward = forward;
    model.forward(one, { cache }).dispose();
    expect(lengths()).toEqual([4, 4]);
  });

  test("sizes and options are checked", () => {
    using model = make();
    using cache = model.createCache({ batch: 1 });
    using nine = ids([Array.from({ length: 9 }, (_, i) => i)]);
    using two = ids([[1, 2]]);
    model.forward(nine, { cache, logits: "last" }).dispose();
    expect(() => model.forward(two, { cache })).toThrow(
      new ShapeError(
        `Gpt: ids must be [batch, length <= contextLength 10] (got ${two.describe()} behind 9 in the cache)`,
      ),
    );
    expect(() => model.createCache({ batch: 1, maxLength: 11 })).toThrow(
      new ArgumentError("Gpt: a cache of 11 is longer than the context (contextLength 10)"),
    );
    expect(() => model.createCache({ batch: 1, length: 4 } as object as { batch: number })).toThrow(
      new ArgumentError('MultiHeadAttention.createCache: unknown option "length" (known: batch, maxLength)'),
    );
    expect(() => model.forward(two, { caches: [] } as object)).toThrow(
      new ArgumentError('Gpt: unknown option "caches" (known: cache, cuSeqlens, key, lengths, logits)'),
    );
    expect(() => model.forward(two, { logits: "first" } as object)).toThrow(
      new ArgumentError('Gpt: logits must be "all" or "last" (got first)'),
    );
  });
});
