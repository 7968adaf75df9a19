import { Key, randn, valueAndGrad } from "@saccade/core";
import { checkGradients, evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { attention } from "../scaled-dot-product/attention.ts";
import { blendOf, byHead, dot, expectClose, matrix, randomHeads, scaled } from "../testing/by-hand.ts";
import { orthogonalFeatures, performerAttention } from "./performer.ts";

const key = new Key(0);
const heads = randomHeads(key, { T: 6, E: 4 });
afterAll(() => {
  for (const x of heads) x.dispose();
});
guardMemory({ beforeEach, afterEach });

const f64 = { dtype: "f64" } as const;

describe("orthogonalFeatures", () => {
  test("rows of a block are orthogonal; lengths are those of normal vectors", async () => {
    using directions = orthogonalFeatures(key, 800, 4, f64);
    const rows = await matrix(directions);
    for (let i = 0; i < 800; i++) {
      for (let j = i - (i % 4); j < i; j++) expect(Math.abs(dot(rows[i], rows[j]))).toBeLessThan(1e-12);
    }
    // E |w|^2 = 4, of deviation sqrt(8 / 800).
    const mean = rows.reduce((total, row) => total + dot(row, row), 0) / 800;
    expect(Math.abs(mean - 4)).toBeLessThan(0.5);
  });
});

describe("performerAttention", () => {
  test.each([false, true])("the features' equation, by loops; causal %s", async (causal) => {
    using directions = orthogonalFeatures(key, 7, 4, f64);
    const w = await matrix(directions);
    const phi = (x: readonly number[]): number[] => {
      const y = scaled(4 ** -0.25, x);
      return w.map((row) => Math.exp(dot(row, y) - dot(y, y) / 2) / Math.sqrt(7));
    };
    const expected = await byHead(heads, (q, k, v) =>
      q.map((row, i) => {
        const weights = k.map((it, j) => (causal && j > i ? 0 : dot(phi(row), phi(it))));
        return blendOf(scaled(1 / weights.reduce((x, y) => x + y), weights), v);
      }),
    );
    await expectClose(() => performerAttention(...heads, directions, { causal, chunk: 4 }), expected);
    await checkGradients((q, k, v) => performerAttention(q, k, v, directions, { causal, chunk: 4 }), heads);
  });

  test.each([false, true])(
    "long queries and keys, in f32: finite, and so are gradients; causal %s",
    async (causal) => {
      using directions = orthogonalFeatures(key, 16, 4);
      using x = randn(key.fold(5), [1, 2, 6, 4], { std: 100 });
      const [out, grad] = await evaluateAll(() => {
        const { value, grads } = valueAndGrad(
          () => performerAttention(x, x, x, directions, { causal }).square().sum(),
          [x],
        );
        return [value, grads[0]];
      });
      expect([...out, ...grad].every(Number.isFinite)).toBe(true);
    },
  );

  test("comes close to the softmax with many features, closer than with few", async () => {
    const error = async (features: number): Promise<number> => {
      using directions = orthogonalFeatures(key.fold(3), features, 4, f64);
      const [exact, near] = await evaluateAll(() => [
        attention(...heads),
        performerAttention(...heads, directions),
      ]);
      return Math.sqrt(exact.reduce((total, x, i) => total + (x - near[i]) ** 2, 0) / exact.length);
    };
    const [few, many] = [await error(16), await error(4096)];
    expect(many).toBeLessThan(0.05);
    expect(many).toBeLessThan(few / 3);
  });
});
