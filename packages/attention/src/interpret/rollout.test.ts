import { Key, ones, rand, softmax, type Tensor, zeros } from "@saccade/core";
import { evaluate, evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { rollout } from "./rollout.ts";

guardMemory({ beforeEach, afterEach });

const [B, H, T] = [2, 3, 4];

function layers(): Tensor[] {
  return [0, 1, 2].map((i) => softmax(rand(new Key(i), [B, H, T, T], { dtype: "f64" }).mul(6)));
}

/** The definition in loops, of one batch item. */
function byDefinition(weights: readonly (readonly number[])[], b: number, residual: number): number[][] {
  let joint: number[][] = Array.from({ length: T }, (_, i) =>
    Array.from({ length: T }, (_, j) => (i === j ? 1 : 0)),
  );
  for (const layer of weights) {
    const passed = joint.map((_, i) => {
      const row = joint.map((_, j) => {
        let mean = 0;
        for (let h = 0; h < H; h++) mean += layer[((b * H + h) * T + i) * T + j] / H;
        return (1 - residual) * mean + (i === j ? residual : 0);
      });
      const total = row.reduce((x, y) => x + y, 0);
      return row.map((x) => x / total);
    });
    joint = passed.map((row) => joint.map((_, j) => row.reduce((sum, x, m) => sum + x * joint[m][j], 0)));
  }
  return joint;
}

test.each([0, 0.5, 0.9, 1])("is the product of the layers, residual %d; rows sum to 1", async (residual) => {
  const [result, ...weights] = await evaluateAll(() => {
    const given = layers();
    return [rollout(given, { residual }), ...given];
  });
  const expected = [0, 1].flatMap((b) => byDefinition(weights, b, residual)).flat();
  for (const [i, value] of expected.entries()) expect(result[i]).toBeCloseTo(value, 12);
  for (let row = 0; row < B * T; row++) {
    expect(result.slice(row * T, (row + 1) * T).reduce((x, y) => x + y, 0)).toBeCloseTo(1, 12);
  }
});

test("rows that attend nowhere keep what the residual gives, and are no NaN", async () => {
  expect(await evaluate(() => rollout([zeros([1, 1, 2, 2])]))).toEqual([1, 0, 0, 1]);
  expect(await evaluate(() => rollout([zeros([1, 1, 2, 2])], { residual: 0 }))).toEqual([0, 0, 0, 0]);
});

test("refuses what is no self-attention", () => {
  using square = ones([1, 2, 3, 3]);
  using wide = ones([1, 2, 3, 4]);
  expect(() => rollout([])).toThrow("rollout: needs the weights of one layer at least (got none)");
  expect(() => rollout([square], { residual: 2 })).toThrow("rollout: residual must be in [0, 1] (got 2)");
  expect(() => rollout([square, wide])).toThrow("rollout: layers must be [B, H, T, T], of one B and T");
});
