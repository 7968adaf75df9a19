import { afterEach, beforeEach, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { Key } from "../random/key.ts";
import { tidy } from "../scope.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { sub } from "./arithmetic.ts";
import { ones, zeros } from "./fill.ts";
import { linear } from "./linear.ts";
import { dequantize, quantize } from "./quantize.ts";
import { quantizedLinear } from "./quantized-linear.ts";
import { randn } from "./random.ts";
import { abs } from "./unary.ts";

guardMemory({ beforeEach, afterEach });

test("an element changes by half a scale at most", async () => {
  using x = randn(new Key(0), [6, 64]);
  for (const [bits, most] of [
    [8, 127],
    [4, 7],
  ] as const) {
    const error = await evaluate(() =>
      abs(sub(dequantize(quantize(x, { bits })), x))
        .reshape([6, 2, 32])
        .amax(2),
    );
    const largest = await evaluate(() => abs(x).reshape([6, 2, 32]).amax(2));
    error.forEach((e, i) => {
      expect(e).toBeLessThanOrEqual((0.5 / most) * largest[i] * 1.0001);
      expect(e).toBeGreaterThan(0);
    });
  }
});

test("whole numbers within the range come back as they were", async () => {
  const numbers = [-7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 7];
  const back = () => dequantize(quantize(tensor([numbers]), { bits: 4, blockSize: 16 }));
  expect(await evaluate(back)).toEqual(numbers);
  expect(await evaluate(() => dequantize(quantize(zeros([1, 32]), { bits: 8 })))).toEqual(
    new Array(32).fill(0),
  );
});

test("a word holds eight codes of 4 bits, the first in its lowest", async () => {
  const codes = () => quantize(tensor([[7, -7, 0, 1, 2, 3, 4, -1]]), { bits: 4, blockSize: 8 }).codes;
  expect(await evaluate(codes)).toEqual([0x7cba981f]);
});

test("is the linear layer of the dequantized weight, with its gradients", async () => {
  using x = randn(new Key(1), [3, 16]);
  using w = randn(new Key(2), [2, 16]);
  using b = randn(new Key(3), [2]);
  for (const bits of [4, 8] as const) {
    const weight = tidy(() => quantize(w, { bits, blockSize: 8 }));
    const got = await evaluate(() => quantizedLinear(x, weight, b));
    const want = await evaluate(() => linear(x, dequantize(weight), b));
    for (const [i, y] of got.entries()) expect(y).toBeCloseTo(want[i], 5);
    for (const part of [weight.codes, weight.scales]) part.dispose();
  }
  using x64 = randn(new Key(1), [3, 16], { dtype: "f64" });
  using w64 = randn(new Key(2), [2, 16], { dtype: "f64" });
  using b64 = randn(new Key(3), [2], { dtype: "f64" });
  const weight = tidy(() => quantize(w64, { bits: 4, blockSize: 8 }));
  await checkGradients(
    (x, scales, b) => quantizedLinear(x, { ...weight, scales }, b),
    [x64, weight.scales, b64],
  );
  for (const part of [weight.codes, weight.scales]) part.dispose();
});

test("an activation is that of the result, with its gradients", async () => {
  using x = randn(new Key(1), [3, 16], { dtype: "f64" });
  using w = randn(new Key(2), [2, 16], { dtype: "f64" });
  using b = randn(new Key(3), [2], { dtype: "f64" });
  const weight = tidy(() => quantize(w, { bits: 8, blockSize: 8 }));
  const got = await evaluate(() => quantizedLinear(x, weight, b, "gelu"));
  const want = await evaluate(() => quantizedLinear(x, weight, b).gelu());
  for (const [i, y] of got.entries()) expect(y).toBeCloseTo(want[i], 12);
  await checkGradients((x, b) => quantizedLinear(x, weight, b, "gelu"), [x, b]);
  expect(() => quantizedLinear(x, weight, b, "swish" as "silu")).toThrow(/unknown activation "swish"/);
  for (const part of [weight.codes, weight.scales]) part.dispose();
});

test("errors say what does not fit", () => {
  using x = ones([2, 40]);
  expect(() => quantize(x, { bits: 8 })).toThrow(/whole blocks of 32 \(got \[2,40\]\)/);
  expect(() => quantize(x, { bits: 5 as 4 })).toThrow(ArgumentError);
  expect(() => quantize(x, { bits: 4, blockSize: 5 })).toThrow(ArgumentError);
  expect(() => tidy(() => quantize(ones([2, 32], { dtype: "i32" }), { bits: 4 }))).toThrow(DTypeError);
  const weight = tidy(() => quantize(x, { bits: 8, blockSize: 8 }));
  expect(() => tidy(() => quantizedLinear(ones([3, 39]), weight))).toThrow(ShapeError);
  expect(() => tidy(() => dequantize({ ...weight, scales: ones([2, 3]) }))).toThrow(/do not fit/);
  for (const part of [weight.codes, weight.scales]) part.dispose();
});
