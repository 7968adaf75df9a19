import { ArgumentError, Key, ShapeError, type Tensor, tensor, zeros } from "@saccade/core";
import { checkGradients, evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { blendOf, byHead, dot, expectClose, randomHeads, scaled } from "../testing/by-hand.ts";
import { linearAttention, linearAttentionWithState } from "./linear-attention.ts";

const key = new Key(0);
const heads = randomHeads(key, { T: 7 });
afterAll(() => {
  for (const x of heads) x.dispose();
});
guardMemory({ beforeEach, afterEach });

const phi = (x: readonly number[]): number[] => x.map((it) => (it > 0 ? it + 1 : Math.exp(it)));

/** Weights phi(q) . phi(k), of keys that are seen, divided by their sum. */
const byLoops = (seen: (i: number, j: number, b: number) => boolean) =>
  byHead(heads, (q, k, v, _, b) =>
    q.map((row, i) => {
      const weights = k.map((it, j) => (seen(i, j, b) ? dot(phi(row), phi(it)) : 0));
      const total = weights.reduce((x, y) => x + y);
      return blendOf(scaled(total === 0 ? 0 : 1 / total, weights), v);
    }),
  );

describe("linearAttention", () => {
  test("equation 9, by loops", async () => {
    await expectClose(() => linearAttention(...heads), await byLoops(() => true));
    await checkGradients((q, k, v) => linearAttention(q, k, v), heads);
  });

  test.each([1, 2, 3, 7, 64])("causal in chunks of %d is the recurrence", async (chunk) => {
    await expectClose(
      () => linearAttention(...heads, { causal: true, chunk }),
      await byLoops((i, j) => j <= i),
    );
    if (chunk === 3)
      await checkGradients((q, k, v) => linearAttention(q, k, v, { causal: true, chunk }), heads, {
        order: 2,
      });
  });

  test("padding of keys; where all is hidden, zeros", async () => {
    using mask = tensor(
      [
        [1, 1, 1, 1, 1, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
      ],
      { dtype: "u8" },
    );
    const lengths = [5, 0];
    const seen = (_: number, j: number, b: number): boolean => j < lengths[b];
    await expectClose(() => linearAttention(...heads, { mask }), await byLoops(seen));
    await expectClose(
      () => linearAttention(...heads, { mask, causal: true, chunk: 2 }),
      await byLoops((i, j, b) => j <= i && seen(i, j, b)),
    );
    await checkGradients((q, k, v) => linearAttention(q, k, v, { mask }), heads);
  });

  test("in pieces, by its state, as whole", async () => {
    const [whole, pieces] = await evaluateAll(() => {
      const part = (from: number, to: number): Tensor[] => heads.map((x) => x.narrow(2, from, to - from));
      const [q1, k1, v1] = part(0, 4);
      const [q2, k2, v2] = part(4, 7);
      const { state } = linearAttentionWithState(q1, k1, v1, { causal: true });
      const { out } = linearAttentionWithState(q2, k2, v2, { causal: true, state });
      return [linearAttention(...heads, { causal: true }).narrow(2, 4, 3), out];
    });
    await expectClose(() => tensor(pieces, { dtype: "f64" }), whole);
  });

  test("nothing to attend to, one element, and what it refuses", async () => {
    expect(
      await evaluate(() => linearAttention(zeros([1, 1, 0, 2]), zeros([1, 1, 0, 2]), zeros([1, 1, 0, 2]))),
    ).toEqual([]);
    const none = { causal: true };
    expect(
      await evaluate(() =>
        linearAttention(zeros([1, 1, 0, 2]), zeros([1, 1, 0, 2]), zeros([1, 1, 0, 2]), none),
      ),
    ).toEqual([]);
    expect(
      await evaluate(() => linearAttention(zeros([1, 1, 1, 2]), zeros([1, 1, 0, 2]), zeros([1, 1, 0, 2]))),
    ).toEqual([0, 0]);
    expect(
      await evaluate(() =>
        linearAttention(zeros([1, 1, 1, 2]), zeros([1, 1, 1, 2]), zeros([1, 1, 1, 2]).add(3)),
      ),
    ).toEqual([3, 3]);
    const [q, k, v] = heads;
    expect(() => linearAttention(q, k, v, { chunk: 0 })).toThrow(ArgumentError);
    using state = zeros([2, 2, 3, 5], { dtype: "f64" });
    expect(() => linearAttention(q, k, v, { state })).toThrow(ArgumentError);
    using short = zeros([2, 2, 3, 3], { dtype: "f64" });
    expect(() => linearAttention(short, k, v, { causal: true })).toThrow(ShapeError);
  });
});
