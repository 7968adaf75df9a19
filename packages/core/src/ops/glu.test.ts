import { afterEach, beforeEach, expect, test } from "vitest";
import { ShapeError } from "../errors.ts";
import { Key } from "../random/key.ts";
import { checkGradients, guardMemory } from "../testing/index.ts";
import { ones } from "./fill.ts";
import { gatedActivation, glu } from "./glu.ts";
import { randn } from "./random.ts";

guardMemory({ beforeEach, afterEach });

test.each(["gelu", "geluTanh", "quickGelu", "relu", "sigmoid", "silu", "tanh"] as const)(
  "gradients, %s",
  async (activation) => {
    using gate = randn(new Key(0), [2, 3], { dtype: "f64" });
    using up = randn(new Key(1), [2, 3], { dtype: "f64" });
    await checkGradients((a, b) => gatedActivation(a, b, activation), [gate, up], { order: 2 });
  },
);

test("gradients of glu along any axis", async () => {
  using x = randn(new Key(2), [4, 3], { dtype: "f64" });
  await checkGradients((a) => glu(a, 0), [x], { order: 2 });
});

test("says what is wrong", () => {
  using x = ones([3]);
  using y = ones([2]);
  expect(() => glu(x)).toThrow(ShapeError);
  expect(() => gatedActivation(x, y, "silu")).toThrow("shapes differ (gate [3], up [2])");
});
