import { test } from "vitest";
import { tensor } from "../create.ts";
import { Key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { checkGradients } from "../testing/index.ts";
import { crossEntropy } from "./cross-entropy.ts";
import { layerNorm } from "./layer-norm.ts";
import { randn } from "./random.ts";
import { prod } from "./reduce.ts";
import { rmsNorm } from "./rms-norm.ts";
import { square } from "./unary.ts";

const random = (seed: number, shape: readonly number[]): Tensor =>
  randn(new Key(seed), shape, { dtype: "f64" });

// Their gradients read statistics of the forward pass, which depend on x as well. Squares make the gradient of the
// output depend on x, too: both paths meet.
test("gradients of gradients go through the statistics that backward passes read", async () => {
  const [x, weight, bias] = [random(1, [3, 5]), random(2, [5]), random(3, [5])];
  const target = tensor([1, 0, 4], { dtype: "i32" });
  const second = { order: 2 } as const;
  await checkGradients((x, w, b) => layerNorm(x, w, b), [x, weight, bias], second);
  await checkGradients((x, w, b) => square(layerNorm(x, w, b)), [x, weight, bias], second);
  await checkGradients((x, w) => rmsNorm(x, w), [x, weight], second);
  await checkGradients((x, w) => square(rmsNorm(x, w)), [x, weight], second);
  await checkGradients((x) => crossEntropy(x, target), [x], second);
  await checkGradients((x) => square(crossEntropy(x, target)), [x], second);
});

// The gradient of a product scans it from both ends.
test("the gradient of a product has a gradient, with zeros too", async () => {
  const x = tensor([1.5, 0, 2, -0.5, 3, 0.25], { dtype: "f64", shape: [2, 3] });
  await checkGradients((x) => prod(x), [random(4, [2, 3])], { order: 2 });
  await checkGradients((x) => prod(x, 1), [x], { order: 2 });
});
