import { afterEach, beforeEach, expect, test } from "vitest";
import { tensor } from "../create.ts";
import { ShapeError } from "../errors.ts";
import { Key } from "../random/key.ts";
import { checkGradients, evaluate, guardMemory } from "../testing/index.ts";
import { addmm, outer } from "./addmm.ts";
import { ones } from "./fill.ts";
import { randn } from "./random.ts";

guardMemory({ beforeEach, afterEach });

test("factors on both terms", async () => {
  const product = () => addmm(tensor([1, 2]), tensor([[1], [2]]), tensor([[3, 4]]), { alpha: 2, beta: 10 });
  expect(await evaluate(product)).toEqual([16, 28, 22, 36]);
});

test("gradients", async () => {
  const inputs = [[4], [3, 2], [2, 4]].map((shape, i) => randn(new Key(i), shape, { dtype: "f64" }));
  await checkGradients((x, a, b) => addmm(x, a, b, { alpha: 0.5, beta: 2 }), inputs, { order: 2 });
  for (const each of inputs) each.dispose();
});

test("outer takes vectors", () => {
  using x = ones([2, 2]);
  expect(() => outer(x, x)).toThrow(ShapeError);
});
