import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { mul } from "./arithmetic.ts";
import { type ConvOptions, conv1d, conv2d } from "./conv.ts";
import { convTranspose1d, convTranspose2d } from "./conv-transpose.ts";
import { ones } from "./fill.ts";
import { randn } from "./random.ts";
import { sum } from "./reduce.ts";

guardMemory({ beforeEach, afterEach });

const random = (seed: number, shape: readonly number[]): Tensor =>
  randn(new Key(seed), shape, { dtype: "f64" });

/** The definition, element by element. x [N, C, L] */
async function byDefinition(
  x: Tensor,
  w: Tensor,
  { stride, padding, dilation, groups }: Required<Record<keyof ConvOptions, number>>,
) {
  const [data, weight] = [await x.data(), await w.data()];
  const [N, C, L] = x.shape;
  const [O, D, K] = w.shape;
  const T = Math.floor((L + 2 * padding - dilation * (K - 1) - 1) / stride) + 1;
  const out: number[] = [];
  for (let n = 0; n < N; n++)
    for (let o = 0; o < O; o++)
      for (let t = 0; t < T; t++) {
        let total = 0;
        for (let d = 0; d < D; d++)
          for (let k = 0; k < K; k++) {
            const at = t * stride - padding + k * dilation;
            const channel = Math.floor(o / (O / groups)) * (C / groups) + d;
            if (at >= 0 && at < L) total += data[(n * C + channel) * L + at] * weight[(o * D + d) * K + k];
          }
        out.push(total);
      }
  return out;
}

describe("conv1d is its definition", () => {
  test.each([
    { stride: 1, padding: 0, dilation: 1, groups: 1 },
    { stride: 2, padding: 1, dilation: 1, groups: 1 },
    { stride: 3, padding: 2, dilation: 2, groups: 2 },
    { stride: 1, padding: 1, dilation: 3, groups: 4 },
  ])("%j", async (options) => {
    using x = random(0, [2, 4, 9]);
    using w = random(1, [8, 4 / options.groups, 3]);
    const got = await evaluate(() => conv1d(x, w, null, options));
    const want = await byDefinition(x, w, options);
    expect(got).toHaveLength(want.length);
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(want[i], 10);
  });
});

test('padding "same" keeps the size, "valid" adds nothing; one sample without a batch', () => {
  using x = ones([3, 7]);
  using w = ones([2, 3, 4]);
  using same = conv1d(x, w, null, { padding: "same" });
  expect(same.shape).toEqual([2, 7]);
  using valid = conv1d(x, w, null, { padding: "valid" });
  expect(valid.shape).toEqual([2, 4]);
});

test("a convolution in two dimensions of a row is one in one dimension", async () => {
  using x = random(0, [1, 2, 1, 6]);
  using w = random(1, [3, 2, 1, 3]);
  using b = random(2, [3]);
  const two = await evaluate(() => conv2d(x, w, b, { padding: [0, 1] }));
  const one = await evaluate(() => conv1d(x.reshape([1, 2, 6]), w.reshape([3, 2, 3]), b, { padding: 1 }));
  for (const [i, value] of two.entries()) expect(value).toBeCloseTo(one[i], 12);
});

test("the transpose is the adjoint", async () => {
  const options = { stride: 2, padding: 1, dilation: 2 };
  using w = random(0, [4, 3, 3]);
  using x = random(1, [2, 3, 11]);
  using y = random(2, [2, 4, 5]); // the shape of conv1d(x, w)
  const [left] = await evaluate(() => sum(mul(conv1d(x, w, null, options), y)));
  const [right] = await evaluate(() => sum(mul(x, convTranspose1d(y, w, null, options))));
  expect(left).toBeCloseTo(right, 10);
});

describe("gradients", () => {
  test("conv2d", async () => {
    const inputs = [random(0, [2, 4, 5, 4]), random(1, [2, 2, 2, 3]), random(2, [2])];
    const options = { stride: [2, 1], padding: [1, 0], groups: 2 };
    await checkGradients((x, w, b) => conv2d(x, w, b, options), inputs, { order: 2 });
    for (const each of inputs) each.dispose();
  });

  test("convTranspose2d", async () => {
    const inputs = [random(0, [1, 2, 3, 2]), random(1, [2, 1, 2, 2]), random(2, [2])];
    const options = { stride: 2, padding: 1, outputPadding: [1, 0], groups: 2 };
    await checkGradients((x, w, b) => convTranspose2d(x, w, b, options), inputs, { order: 2 });
    for (const each of inputs) each.dispose();
  });
});

test("says what is wrong", () => {
  using x = ones([1, 3, 4]);
  using w = ones([2, 3, 2]);
  using wide = ones([2, 3, 9]);
  using two = ones([2, 2, 2]);
  expect(() => conv1d(x, two)).toThrow(ShapeError);
  expect(() => conv1d(x, two)).toThrow("sizes do not fit (x [1,3,4], weight [2,2,2], 1 groups)");
  expect(() => conv1d(x, wide)).toThrow("a window of 9 elements does not fit");
  expect(() => conv1d(x, w, null, { stride: 0 })).toThrow(ArgumentError);
  expect(() => conv1d(x, w, null, { padding: "same", stride: 2 })).toThrow('padding "same" needs stride 1');
  expect(() => conv2d(x, w)).toThrow(ShapeError);
  using y = ones([1, 2, 4]);
  expect(() => convTranspose1d(y, w, null, { outputPadding: 1 })).toThrow("outputPadding must be less than");
  using vector = tensor([1]);
  expect(() => conv1d(vector, w)).toThrow("with 1 spatial dimensions");
});
