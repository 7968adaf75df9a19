import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DTypeError, defineOp, GradientError, Key, rand, randn, run, type Tensor } from "../index.ts";
import { checkGradients } from "./check-gradients.ts";
import { guardMemory } from "./guard-memory.ts";

guardMemory({ beforeEach, afterEach });

const f64 = { dtype: "f64" } as const;

const wrongSquare = defineOp<[Tensor], null>("test.wrongSquare", {
  infer: ([x]) => [x],
  compose: ([x]) => [x.square()],
  saves: () => ({ inputs: [0] }),
  vjp: ({ grad, inputs: [x] }) => [grad.mul(x).mul(2.001)],
});

/** Right at first order; its gradient forgets that it depends on x. */
const wrongSecond = defineOp<[Tensor], null>("test.wrongSecond", {
  infer: ([x]) => [x],
  compose: ([x]) => [x.square()],
  saves: () => ({ inputs: [0] }),
  vjp: ({ grad, inputs: [x] }) => [grad.mul(x.detach()).mul(2)],
});

describe("checkGradients", () => {
  test("passes what is right, to order 2", async () => {
    using a = randn(new Key(1), [2, 3], f64);
    using b = rand(new Key(2), [3], { ...f64, low: 0.5, high: 2 });
    await checkGradients((x, y) => [x.mul(y).tanh(), y.log().sum()], [a, b], { order: 2 });
  });

  test("finds an error of one per mille", async () => {
    using x = randn(new Key(1), [4], f64);
    await expect(checkGradients((a) => run(wrongSquare, [a], null)[0], [x])).rejects.toThrow(
      /checkGradients: order 1, input 0 \[4\]: the derivative along direction 0 is .* by reverse, .* by differences/,
    );
  });

  test("finds an error that only the second order has", async () => {
    using x = randn(new Key(1), [4], f64);
    const fn = (a: Tensor): Tensor => run(wrongSecond, [a], null)[0];
    await checkGradients(fn, [x]);
    await expect(checkGradients(fn, [x], { order: 2 })).rejects.toThrow(GradientError);
  });

  test("takes f64 only", async () => {
    using x = randn(new Key(1), [4]);
    await expect(checkGradients((a) => a.square(), [x])).rejects.toThrow(DTypeError);
    using y = randn(new Key(1), [4], f64);
    await expect(checkGradients((a) => a.cast("f32"), [y])).rejects.toThrow("output 0 must be f64");
  });
});
