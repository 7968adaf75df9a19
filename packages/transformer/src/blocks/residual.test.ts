import { Key, memory, ones, randn, zeros } from "@saccade/core";
import { LayerNorm } from "@saccade/core/nn";
import { evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { residual } from "./residual.ts";

guardMemory({ beforeEach, afterEach });

describe("residual", () => {
  test("post-norm: norm(x + f(x)); pre-norm: x + f(norm(x))", async () => {
    using norm = new LayerNorm(4);
    using x = randn(new Key(0), [3, 4]);
    const [post, expectedPost, pre, expectedPre] = await evaluateAll(() => {
      const f = (y: typeof x) => y.mul(3);
      return [
        residual(x, norm, f, {}),
        norm.forward(x.mul(4)),
        residual(x, norm, f, { normFirst: true }),
        x.add(norm.forward(x).mul(3)),
      ];
    });
    for (const [i, value] of expectedPost.entries()) expect(post[i]).toBeCloseTo(value, 5);
    expect(pre).toEqual(expectedPre);
  });

  test("dropout touches what the sublayer adds, never x", async () => {
    using norm = new LayerNorm(4);
    const sums = await evaluate(() =>
      residual(ones([64, 4]), norm, (y) => ones(y.shape), { normFirst: true, dropout: 0.5 }, new Key(0)),
    );
    expect(new Set(sums)).toEqual(new Set([1, 3]));
    const plain = await evaluate(() =>
      residual(ones([64, 4]), norm, (y) => ones(y.shape), { normFirst: true, dropout: 0.5 }),
    );
    expect(new Set(plain)).toEqual(new Set([2]));
  });

  test("outside of any scope, only the result lives", () => {
    using norm = new LayerNorm(4);
    using x = zeros([2, 4]);
    const before = memory().tensors;
    using _ = residual(x, norm, (y) => y.mul(2), { dropout: 0.1 }, new Key(0));
    expect(memory().tensors).toBe(before + 1);
  });
});
