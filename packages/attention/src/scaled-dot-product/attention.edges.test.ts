import { full, Key, ones, randn, type Tensor, tensor, tidy, zeros } from "@saccade/core";
import { evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attention, attentionWeights } from "./attention.ts";

guardMemory({ beforeEach, afterEach });

describe("numbers that are none", () => {
  const q4 = (): Tensor => randn(new Key(0), [1, 1, 4, 2]);

  test("NaN in a query stays in its row", async () => {
    const out = await evaluate(() => {
      const bad = tensor([[[[0], [Number.NaN], [0], [0]]]]);
      return attention(q4().add(bad), q4(), q4());
    });
    expect(out.map(Number.isNaN)).toEqual([false, false, true, true, false, false, false, false]);
  });

  test("NaN in a key stays in the rows that see it", async () => {
    const out = await evaluate(() => {
      const bad = tensor([[[[0], [0], [Number.NaN], [0]]]]);
      return attention(q4(), q4().add(bad), q4(), { causal: true });
    });
    expect(out.map(Number.isNaN)).toEqual([false, false, false, false, true, true, true, true]);
  });

  test("scores far beyond the range of exp are no problem, neither seen nor hidden", async () => {
    using q = full([1, 1, 2, 1], 1e4);
    using k = tensor([[[[1], [-1], [1e4]]]]);
    using v = tensor([[[[5], [6], [7]]]]);
    using mask = tensor(Uint8Array.of(1, 1, 0));
    const [seen, hidden, weights] = await evaluateAll(() => [
      attention(q, k, v),
      attention(q, k, v, { mask }),
      attentionWeights(q, k, { mask }),
    ]);
    expect(seen).toEqual([7, 7]);
    expect(hidden).toEqual([5, 5]);
    expect(weights).toEqual([1, 0, 0, 1, 0, 0]);
  });

  test("NaN in the scores of a row makes its weights NaN where they are seen", async () => {
    const weights = await evaluate(() => {
      const q = tensor([[[[Number.NaN], [1]]]]);
      return attentionWeights(q, ones([1, 1, 2, 1]), { causal: true });
    });
    expect(weights).toEqual([Number.NaN, Number.NaN, 0.5, 0.5]);
  });
});

describe("sizes", () => {
  test("one key: its value, whatever the score", async () => {
    using q = randn(new Key(0), [2, 2, 3, 4]);
    using k = randn(new Key(1), [2, 1, 1, 4]);
    using v = full([2, 1, 1, 5], 3);
    expect(await evaluate(() => attention(q, k, v))).toEqual(new Array(60).fill(3));
  });

  test.each([
    ["no sequences", [0, 2, 3, 4], [0, 2, 5, 4]],
    ["no queries", [1, 2, 0, 4], [1, 2, 5, 4]],
    ["no heads", [1, 0, 3, 4], [1, 2, 5, 4]],
  ])("%s: an empty result", async (_, q, k) => {
    const lengths = { keys: new Array<number>(q[0]).fill(3) };
    for (const spec of [{}, { alibi: true }, { lengths }]) {
      const shape = tidy(() => attention(zeros(q), zeros(k), zeros(k), { causal: true, ...spec }).shape);
      expect(shape).toEqual([q[0], q[1], q[2], 4]);
    }
  });

  test("no keys: zeros", async () => {
    expect(
      await evaluate(() => attention(ones([1, 1, 2, 3]), ones([1, 1, 0, 3]), ones([1, 1, 0, 2]))),
    ).toEqual([0, 0, 0, 0]);
  });

  test("keys of no width: the mean of the values", async () => {
    const out = await evaluate(() =>
      attention(zeros([1, 1, 1, 0]), zeros([1, 1, 2, 0]), tensor([[[[1], [3]]]])),
    );
    expect(out).toEqual([2]);
  });
});
