import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { vjp } from "../grad.ts";
import { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { batchNorm } from "./batch-norm.ts";
import { ones, zeros } from "./fill.ts";
import { groupNorm } from "./group-norm.ts";
import { norm } from "./norm.ts";
import { randn } from "./random.ts";
import { cosineSimilarity, normalize, pairwiseDistance } from "./similarity.ts";

guardMemory({ beforeEach, afterEach });

const random = (seed: number, shape: readonly number[]): Tensor =>
  randn(new Key(seed), shape, { dtype: "f64" });

describe("norm", () => {
  test.each([
    [0, 2],
    [1, 7],
    [2, 5],
    [3, Math.cbrt(91)],
    [Number.POSITIVE_INFINITY, 4],
    [Number.NEGATIVE_INFINITY, 0],
  ])("p = %d", async (p, want) => {
    expect((await evaluate(() => norm(tensor([3, -4, 0]), p)))[0]).toBeCloseTo(want, 5);
  });

  test.each([1, 2, 3.5, Number.POSITIVE_INFINITY])("gradient, p = %d", async (p) => {
    using x = random(0, [3, 4]);
    await checkGradients((a) => norm(a, p, 1), [x]);
  });

  test.each([1, 2, 3, Number.POSITIVE_INFINITY])(
    "the gradient of the zero vector is 0, p = %d",
    async (p) => {
      const gradient = await evaluate(() => {
        const x = zeros([2]);
        return vjp(() => [norm(x, p)], [x], [ones([])]).grads[0];
      });
      expect(gradient).toEqual([0, 0]);
    },
  );

  test("keeps dimensions on request", () => {
    using x = ones([2, 3]);
    using y = norm(x, 2, [0, 1], { keepDims: true });
    expect(y.shape).toEqual([1, 1]);
    expect(() => norm(x, Number.NaN)).toThrow(ArgumentError);
  });
});

test("normalize, also of nothing; cosine; distance", async () => {
  expect(await evaluate(() => normalize(zeros([1, 2])))).toEqual([0, 0]);
  expect((await evaluate(() => cosineSimilarity(tensor([2, 0]), tensor([-3, 0]), 0)))[0]).toBeCloseTo(-1, 6);
  expect((await evaluate(() => pairwiseDistance(tensor([[0, 0]]), tensor([[0, 2]]), 1)))[0]).toBeCloseTo(
    2,
    5,
  );
  using a = random(1, [3, 4]);
  using b = random(2, [3, 4]);
  await checkGradients((x, y) => cosineSimilarity(x, y), [a, b], { order: 2 });
  using rows = random(2, [2, ...a.shape]);
  await checkGradients((x, y) => cosineSimilarity(x, y, -1), [rows, b]);
  await checkGradients((x) => normalize(x, 1), [a]);
});

test("groupNorm: each group has mean 0 and variance 1", async () => {
  const y = await evaluate(() => groupNorm(tensor([[1, 2, 30, 40]]), 2, null, null, { eps: 0 }));
  for (const [i, value] of y.entries()) expect(value).toBeCloseTo(i % 2 === 0 ? -1 : 1, 5);
  const inputs = [random(3, [2, 4, 3]), random(4, [4]), random(5, [4])];
  await checkGradients((x, w, b) => groupNorm(x, 2, w, b), inputs, { order: 2 });
  for (const each of inputs) each.dispose();
});

describe("batchNorm", () => {
  test("moves running statistics in training, and uses them otherwise", async () => {
    using runningMean = zeros([2]);
    using runningVar = ones([2]);
    using x = tensor([
      [0, 0],
      [2, 4],
    ]);
    const statistics = { runningMean, runningVar, eps: 0 };
    const trained = await evaluate(() => batchNorm(x, { ...statistics, training: true, momentum: 0.5 }));
    expect(trained).toEqual([-1, -1, 1, 1]);
    expect(Array.from(await runningMean.data())).toEqual([0.5, 1]);
    expect(Array.from(await runningVar.data())).toEqual([1.5, 4.5]); // (1 + 2) / 2, (1 + 8) / 2: unbiased
    const [first] = await evaluate(() => batchNorm(x, statistics));
    expect(first).toBeCloseTo(-0.5 / Math.sqrt(1.5), 6);
  });

  test("gradients", async () => {
    const inputs = [random(6, [3, 2, 2]), random(7, [2]), random(8, [2])];
    await checkGradients((x, weight, bias) => batchNorm(x, { weight, bias }), inputs, { order: 2 });
    for (const each of inputs) each.dispose();
  });

  test("says what is wrong", () => {
    using x = ones([1, 2]);
    using three = ones([3]);
    expect(() => batchNorm(x)).toThrow("training needs more than one value per channel");
    expect(() => batchNorm(x, { training: false })).toThrow(ShapeError);
    expect(() => batchNorm(x, { runningMean: three, runningVar: three })).toThrow(
      "2 channels but running statistics [3]",
    );
  });
});

test("groups must divide the channels", () => {
  using x = ones([1, 4]);
  expect(() => groupNorm(x, 3)).toThrow(ShapeError);
  using weight = ones([3]);
  expect(() => groupNorm(x, 2, weight)).toThrow("4 channels but weight or bias [3]");
});
