import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError } from "../errors.ts";
import { vjp } from "../grad.ts";
import { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { sigmoid } from "./activations.ts";
import { binaryCrossEntropy, binaryCrossEntropyWithLogits } from "./binary-cross-entropy.ts";
import { ones } from "./fill.ts";
import { klDiv } from "./kl-div.ts";
import { rand, randn } from "./random.ts";
import type { Reduction } from "./reduction.ts";
import { huberLoss, l1Loss, mseLoss, smoothL1Loss } from "./regression-losses.ts";
import { tripletMarginLoss } from "./triplet-margin-loss.ts";

guardMemory({ beforeEach, afterEach });

const losses: Readonly<
  Record<string, (x: Tensor, y: Tensor, options: { readonly reduction: Reduction }) => Tensor>
> = {
  mseLoss,
  l1Loss,
  smoothL1Loss: (x, y, options) => smoothL1Loss(x, y, { ...options, beta: 0.6 }),
  huberLoss: (x, y, options) => huberLoss(x, y, { ...options, delta: 0.6 }),
  binaryCrossEntropy: (x, y, options) => binaryCrossEntropy(sigmoid(x), sigmoid(y), options),
  binaryCrossEntropyWithLogits: (x, y, options) => binaryCrossEntropyWithLogits(x, sigmoid(y), options),
  klDiv: (x, y, options) => klDiv(x, sigmoid(y), options),
};

describe.each(Object.entries(losses))("%s", (_, loss) => {
  test("mean and sum are those of the elements", async () => {
    using x = randn(new Key(0), [2, 3]);
    using y = randn(new Key(1), [2, 3]);
    const each = await evaluate(() => loss(x, y, { reduction: "none" }));
    const total = each.reduce((a, b) => a + b);
    expect((await evaluate(() => loss(x, y, { reduction: "sum" })))[0]).toBeCloseTo(total, 5);
    expect((await evaluate(() => loss(x, y, { reduction: "mean" })))[0]).toBeCloseTo(total / 6, 5);
  });

  test("gradients", async () => {
    using x = randn(new Key(2), [2, 3], { dtype: "f64" });
    using y = randn(new Key(3), [2, 3], { dtype: "f64" });
    await checkGradients((a, b) => loss(a, b, { reduction: "none" }), [x, y]);
  });
});

test("binary cross-entropy holds logarithms at -100, and does not overflow from logits", async () => {
  const none = { reduction: "none" } as const;
  expect(await evaluate(() => binaryCrossEntropy(tensor([0, 1]), tensor([1, 0]), none))).toEqual([100, 100]);
  expect(
    await evaluate(() => binaryCrossEntropyWithLogits(tensor([1000, -1000]), tensor([0, 1]), none)),
  ).toEqual([1000, 1000]);
});

test("a factor on positive targets, and one on elements", async () => {
  const options = { posWeight: tensor([3]), weight: tensor([2]), reduction: "none" } as const;
  const [positive, negative] = await evaluate(() =>
    binaryCrossEntropyWithLogits(tensor([0, 0]), tensor([1, 0]), options),
  );
  options.posWeight.dispose();
  options.weight.dispose();
  expect(positive).toBeCloseTo(6 * Math.LN2, 6);
  expect(negative).toBeCloseTo(2 * Math.LN2, 6);
});

test("the gradient of l1Loss where both are equal is 0", async () => {
  const gradient = await evaluate(() => {
    const x = ones([2]);
    return vjp(() => [l1Loss(x, ones([2]), { reduction: "sum" })], [x], [ones([])]).grads[0];
  });
  expect(gradient).toEqual([0, 0]);
});

test("klDiv: 0 log 0 is 0; per batch entry; from log-probabilities", async () => {
  expect(
    await evaluate(() => klDiv(tensor([[-1, -2]]), tensor([[0, 1]]), { reduction: "batchmean" })),
  ).toEqual([2]);
  const [a] = await evaluate(() => klDiv(tensor([-1]), tensor([0.5]), { reduction: "sum" }));
  const [b] = await evaluate(() =>
    klDiv(tensor([-1]), tensor([Math.log(0.5)]), { reduction: "sum", logTarget: true }),
  );
  expect(a).toBeCloseTo(b, 6);
});

test("tripletMarginLoss, with the closer negative", async () => {
  const [anchor, positive, negative] = [
    [0, 0],
    [0, 2],
    [0, 3],
  ].map((point) => tensor([point]));
  const plain = await evaluate(() => tripletMarginLoss(anchor, positive, negative));
  const swapped = await evaluate(() => tripletMarginLoss(anchor, positive, negative, { swap: true }));
  expect(plain[0]).toBeCloseTo(0, 4);
  expect(swapped[0]).toBeCloseTo(2, 4);
  for (const each of [anchor, positive, negative]) each.dispose();
});

test("gradients of the triplet", async () => {
  const points = [0, 1, 2].map((i) => rand(new Key(i), [3, 2], { dtype: "f64" }));
  await checkGradients((a, p, n) => tripletMarginLoss(a, p, n, { margin: 2, swap: true }), points);
  for (const point of points) point.dispose();
});

test("says what is wrong", () => {
  using x = ones([2]);
  expect(() => smoothL1Loss(x, x, { beta: -1 })).toThrow(ArgumentError);
  expect(() => huberLoss(x, x, { delta: 0 })).toThrow(ArgumentError);
  expect(() => mseLoss(x, x, { reduction: "avg" as Reduction })).toThrow(
    'reduction must be "none", "mean" or "sum" (got avg)',
  );
});
