import {
  full,
  Key,
  memory,
  ones,
  randn,
  resetPeak,
  reshape,
  type Tensor,
  tensor,
  tidy,
  zeros,
} from "@saccade/core";
import { evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { arbitraryAttention, build } from "../testing/arbitrary-attention.ts";
import { attentionByDefinition } from "../testing/definition.ts";
import { attention, attentionWeights } from "./attention.ts";

guardMemory({ beforeEach, afterEach });

function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-12): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    if (
      Object.is(actual[i], value) ||
      Math.abs(actual[i] - value) <= tolerance * Math.max(1, Math.abs(value))
    )
      continue;
    expect.fail(`element ${i} is ${actual[i]}, expected ${value}`);
  }
}

describe("attention and its definition", () => {
  test("agree on every combination of options", async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryAttention(0), async (example) => {
        const { rules, sizes, tensors } = tidy(() => {
          const { q, k, v, spec, rules, sizes } = build(example);
          const { out, logSumExp } = attention(q, k, v, { ...spec, returnLogSumExp: true });
          const weights = attentionWeights(q, k, spec);
          return { rules, sizes, tensors: [q, k, v, out, logSumExp, weights] };
        });
        const [q, k, v, out, logSumExp, weights] = await evaluateAll(() => tensors);
        for (const it of tensors) it.dispose();
        const expected = attentionByDefinition(sizes, { q, k, v, ...rules });
        expectClose(out, expected.out);
        expectClose(logSumExp, expected.logSumExp);
        expectClose(weights, expected.weights);
      }),
      { numRuns: 500 },
    );
  });

  test("weights times values are the output; rows of weights sum to 1", async () => {
    using q = randn(new Key(0), [2, 4, 5, 3]);
    using k = randn(new Key(1), [2, 4, 7, 3]);
    using v = randn(new Key(2), [2, 4, 7, 6]);
    const [out, product, sums] = await evaluateAll(() => {
      const weights = attentionWeights(q, k, { causal: true, softcap: 5 });
      return [attention(q, k, v, { causal: true, softcap: 5 }), weights.matmul(v), weights.sum(-1)];
    });
    expectClose(out, product, 1e-6);
    expectClose(sums, new Array(40).fill(1), 1e-6);
  });
});

describe("alignment", () => {
  test("with fewer queries than keys the last query sees the last key", async () => {
    using q = zeros([1, 1, 2, 1]);
    using k = zeros([1, 1, 4, 1]);
    const weights = await evaluate(() => attentionWeights(q, k, { causal: true }));
    const third = Math.fround(1 / 3);
    expect(weights).toEqual([third, third, third, 0, 0.25, 0.25, 0.25, 0.25]);
  });

  test("decoding one token with cached keys gives the last row of the whole", async () => {
    using q = randn(new Key(0), [1, 2, 6, 4]);
    using k = randn(new Key(1), [1, 2, 6, 4]);
    using v = randn(new Key(2), [1, 2, 6, 4]);
    const spec = { causal: true, window: 3 };
    const [whole, last] = await evaluateAll(() => [
      attention(q, k, v, spec).narrow(2, 5, 1),
      attention(q.narrow(2, 5, 1), k, v, spec),
    ]);
    expectClose(last, whole, 1e-7);
  });

  test("with more queries than keys the first see nothing, and give zeros", async () => {
    using q = randn(new Key(0), [1, 1, 3, 2]);
    using k = randn(new Key(1), [1, 1, 1, 2]);
    using v = full([1, 1, 1, 2], 7);
    const { out, logSumExp } = attention(q, k, v, { causal: true, returnLogSumExp: true });
    using _ = out;
    expect([...(await out.data())]).toEqual([0, 0, 0, 0, 7, 7]);
    expect([...(await logSumExp.data())].slice(0, 2)).toEqual([-Infinity, -Infinity]);
    logSumExp.dispose();
  });
});

describe("masks", () => {
  /** Query t of head h in sequence b sees key s where the mask is 1: mean of the visible values. */
  const means = (mask: Tensor): Promise<number[]> =>
    evaluate(() => {
      const values = reshape(tensor([1, 2, 4]), [1, 1, 3, 1]).expand([2, 2, 3, 1]);
      return attention(zeros([2, 2, 3, 1]), zeros([2, 2, 3, 1]), values, { mask });
    });
  const u8 = (numbers: number[], shape: number[]): Tensor => tensor(Uint8Array.from(numbers), { shape });

  test("padding [B,1,1,S] hides keys from every head and query", async () => {
    using mask = u8([1, 1, 0, 0, 0, 1], [2, 1, 1, 3]);
    expect(await means(mask)).toEqual([...new Array(6).fill(1.5), ...new Array(6).fill(4)]);
  });

  test("[T,S] holds for every sequence and head", async () => {
    using mask = u8([1, 0, 0, 1, 1, 0, 0, 1, 1], [3, 3]);
    const head = [1, 1.5, 3];
    expect(await means(mask)).toEqual([...head, ...head, ...head, ...head]);
  });

  test("[H,1,1] switches heads", async () => {
    using mask = u8([1, 0], [2, 1, 1]);
    const [on, off] = [[7, 7, 7].map((x) => x / 3), [0, 0, 0]];
    expectClose(await means(mask), [...on, ...off, ...on, ...off], 1e-6);
  });

  test("a padding and a causal mask at once", async () => {
    using mask = u8([0, 1, 1], [1, 1, 1, 3]);
    using q = zeros([1, 1, 3, 1]);
    const values = await evaluate(() =>
      attention(q, q, reshape(tensor([1, 2, 4]), [1, 1, 3, 1]), { causal: true, mask }),
    );
    expect(values).toEqual([0, 2, 3]);
  });

  test("a bias of -inf masks, too: a row of them gives zeros", async () => {
    using q = zeros([1, 1, 2, 1]);
    using v = ones([1, 1, 2, 1]);
    const no = Number.NEGATIVE_INFINITY;
    using bias = tensor([
      [no, no],
      [0, no],
    ]);
    expect(await evaluate(() => attention(q, q, v, { bias }))).toEqual([0, 1]);
  });
});

describe("layouts", () => {
  test("strided, reversed and broadcast operands give what their copies give", async () => {
    using x = randn(new Key(0), [2, 6, 3, 4, 5]);
    const [views, copies] = await evaluateAll(() => {
      // [B, T, 3, H, E] -> three views [B, H, T, E], as a fused projection has them.
      const [q, k, v] = [0, 1, 2].map((i) => x.slice(null, null, i).permute([0, 2, 1, 3]));
      const shared = k.narrow(1, 0, 1).expand([2, 4, 6, 5]).flip(2);
      const mask = ones([1, 1, 1, 3], { dtype: "u8" }).expand([2, 1, 6, 3]);
      const spec = { mask: mask.slice(null, null, null, [0, 1]), causal: true };
      return [
        attention(q, shared, v, spec),
        attention(q.copy(), shared.copy(), v.copy(), { ...spec, mask: spec.mask.copy() }),
      ];
    });
    expect(views).toEqual(copies);
  });

  test("the heads of grouped queries are neighbours", async () => {
    using q = zeros([1, 4, 1, 1]);
    using k = zeros([1, 2, 1, 1]);
    using v = tensor([[[[1]], [[2]]]]);
    expect(await evaluate(() => attention(q, k, v))).toEqual([1, 1, 2, 2]);
  });

  test("shared keys and values are not repeated in memory", () => {
    using q = zeros([1, 16, 1, 64]);
    using k = zeros([1, 1, 256, 64]);
    resetPeak();
    const before = memory();
    using _ = attention(q, k, k);
    // Far less than the 16 copies of k that a naive broadcast makes.
    expect(memory().peakBytes - before.bytes).toBeLessThan(16 * k.size * 4);
  });
});

describe("dropout", () => {
  const spec = (p: number, seed: number) => ({ dropout: { p, key: new Key(seed) } });

  test("is a function of the key", async () => {
    using q = randn(new Key(0), [2, 2, 8, 4]);
    const [a, again, other, none] = await evaluateAll(() => [
      attention(q, q, q, spec(0.5, 1)),
      attention(q, q, q, spec(0.5, 1)),
      attention(q, q, q, spec(0.5, 2)),
      attention(q, q, q, spec(0, 1)),
    ]);
    expect(again).toEqual(a);
    expect(other).not.toEqual(a);
    expectClose(none, await evaluate(() => attention(q, q, q)), 0);
  });

  test("drops the share p of the weights and scales the others by 1 / (1 - p)", async () => {
    using q = zeros([1, 1, 64, 1]);
    // Values that are the rows of an identity show the weights themselves.
    using v = tensor(
      Array.from({ length: 64 }, (_, i) => Array.from({ length: 64 }, (_, j) => Number(i === j))),
    );
    using values = reshape(v, [1, 1, 64, 64]);
    const weights = await evaluate(() => attention(q, q, values, spec(0.25, 3)));
    const kept = weights.filter((w) => w !== 0);
    for (const w of kept) expect(w).toBeCloseTo(1 / 64 / 0.75, 8);
    expect(kept.length / weights.length).toBeCloseTo(0.75, 1);
  });

  test("leaves the log-sum-exp alone", async () => {
    using q = randn(new Key(0), [1, 2, 4, 4]);
    const [dropped, plain] = await evaluateAll(() => [
      attention(q, q, q, { ...spec(0.9, 1), returnLogSumExp: true }).logSumExp,
      attention(q, q, q, { returnLogSumExp: true }).logSumExp,
    ]);
    expect(dropped).toEqual(plain);
  });
});

test("outside of any scope, only the result lives", () => {
  using q = randn(new Key(0), [1, 2, 4, 4]);
  using k = randn(new Key(1), [1, 1, 4, 4]);
  using mask = ones([4, 4], { dtype: "u8" });
  const before = memory().tensors;
  using out = attention(q, k, k, { causal: true, mask, softcap: 2 });
  using weights = attentionWeights(q, k, { mask });
  expect(memory().tensors).toBe(before + 2);
  expect([out.shape, weights.shape]).toEqual([
    [1, 2, 4, 4],
    [1, 2, 4, 4],
  ]);
});
