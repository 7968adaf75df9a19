import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { crossEntropy, nllLoss } from "./cross-entropy.ts";
import { ones, zeros } from "./fill.ts";
import { randn } from "./random.ts";
import { logSoftmax } from "./softmax.ts";

guardMemory({ beforeEach, afterEach });

const i32 = (data: number[] | number[][]): Tensor => tensor(data, { dtype: "i32" });

test("of even logits is the logarithm of the number of classes", async () => {
  expect((await evaluate(() => crossEntropy(zeros([2, 8]), i32([3, 7]))))[0]).toBeCloseTo(Math.log(8), 6);
  expect((await evaluate(() => crossEntropy(zeros([4]), i32([1]).reshape([]))))[0]).toBeCloseTo(
    Math.log(4),
    6,
  );
});

test("ignored targets count for nothing; if all are, the mean is NaN and the sum 0", async () => {
  const target = () => i32([0, -100]);
  const [one] = await evaluate(() =>
    crossEntropy(
      tensor([
        [2, 0],
        [9, 9],
      ]),
      target(),
    ),
  );
  expect(one).toBeCloseTo(Math.log(1 + Math.exp(-2)), 6);
  expect(await evaluate(() => crossEntropy(ones([1, 2]), i32([-100])))).toEqual([NaN]);
  expect(await evaluate(() => crossEntropy(ones([1, 2]), i32([-100]), { reduction: "sum" }))).toEqual([0]);
});

test("smoothing towards one target is what probabilities give", async () => {
  const logits = randn(new Key(0), [3, 4], { dtype: "f64" });
  const weight = tensor([1, 2, 0.5, 1], { dtype: "f64" });
  const options = { weight, labelSmoothing: 0.3, reduction: "none" } as const;
  const hot = () =>
    tensor(
      [
        [0, 0, 1, 0],
        [1, 0, 0, 0],
        [0, 0, 0, 1],
      ],
      { dtype: "f64" },
    );
  const byIndex = await evaluate(() => crossEntropy(logits, i32([2, 0, 3]), options));
  const byProbability = await evaluate(() => crossEntropy(logits, hot(), options));
  for (const [i, value] of byIndex.entries()) expect(value).toBeCloseTo(byProbability[i], 12);
  logits.dispose();
  weight.dispose();
});

test("the classes are dimension 1", async () => {
  const logits = () =>
    tensor([
      [
        [5, 0],
        [0, 5],
      ],
    ]); // [1, 2, 2]
  const loss = await evaluate(() => crossEntropy(logits(), i32([[0, 1]]), { reduction: "none" }));
  expect(loss).toHaveLength(2);
  for (const value of loss) expect(value).toBeLessThan(0.01);
});

test("nllLoss of log-probabilities is crossEntropy", async () => {
  const logits = randn(new Key(1), [3, 4, 2], { dtype: "f64" });
  const target = i32([
    [0, 1],
    [2, 2],
    [3, 0],
  ]);
  const options = { ignoreIndex: 2 } as const;
  const [a] = await evaluate(() => nllLoss(logSoftmax(logits, 1), target, options));
  const [b] = await evaluate(() => crossEntropy(logits, target, options));
  expect(a).toBeCloseTo(b, 12);
  logits.dispose();
  target.dispose();
});

describe("gradients", () => {
  test("by index and by probability", async () => {
    using logits = randn(new Key(2), [3, 4], { dtype: "f64" });
    using p = randn(new Key(3), [3, 4], { dtype: "f64" });
    using target = i32([0, -100, 3]);
    await checkGradients((x) => crossEntropy(x, target, { labelSmoothing: 0.1 }), [logits]);
    await checkGradients((x, q) => crossEntropy(x, q.softmax(), { labelSmoothing: 0.1 }), [logits, p], {
      order: 2,
    });
  });
});

test("says what is wrong", () => {
  using logits = ones([2, 3]);
  using target = i32([0, 1, 2]);
  expect(() => crossEntropy(logits, target)).toThrow(ShapeError);
  expect(() => crossEntropy(logits, target)).toThrow("the target must be i32 [2] (got");
  expect(() => crossEntropy(logits, logits, { labelSmoothing: 2 })).toThrow(ArgumentError);
  expect(() => crossEntropy(logits, logits, { ignoreIndex: 1 })).toThrow(
    "ignoreIndex is for targets that are indices",
  );
  using wide = ones([2, 4]);
  expect(() => crossEntropy(logits, wide)).toThrow(ShapeError);
});
