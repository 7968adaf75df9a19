import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ActivationName } from "../backend.ts";
import { ArgumentError, DTypeError, grad, Key, linear, randn, ShapeError, tidy, zeros } from "../index.ts";
import { checkGradients, evaluateAll, guardMemory } from "../testing/index.ts";
import { activations } from "./activation-functions.ts";

guardMemory({ beforeEach, afterEach });

const names = Object.keys(activations) as ActivationName[];

const draw = () => {
  const of = (n: number, shape: readonly number[]) => randn(new Key(n), shape, { dtype: "f64" });
  return [of(1, [2, 3, 4]), of(2, [5, 4]), of(3, [5])] as const;
};

describe.each(names)("linear with %s", (name) => {
  test("is the function of the product, and has the gradients of both", async () => {
    const all = await evaluateAll(() => {
      const operands = draw();
      const [x, w, b] = operands;
      const apart = () => activations[name](linear(x, w, b));
      const together = () => linear(x, w, b, name);
      const results = [apart, together].map((fn) => [fn(), ...grad(() => fn().square().sum(), operands)]);
      return results.flat();
    });
    expect(all.slice(4)).toEqual(all.slice(0, 4));
  });

  test("gradients to second order", async () => {
    const operands = draw();
    await checkGradients((x, w, b) => linear(x, w, b, name), operands, { order: 2 });
    for (const tensor of operands) tensor.dispose();
  });
});

test("a strided x, and no bias", async () => {
  const [apart, together] = await evaluateAll(() => {
    const w = randn(new Key(1), [5, 4]);
    const x = randn(new Key(2), [4, 2, 3]).permute([1, 2, 0]);
    return [linear(x, w).relu(), linear(x, w, null, "relu")];
  });
  expect(together).toEqual(apart);
});

test("errors", () => {
  tidy(() => {
    const [x, w] = [zeros([2, 3]), zeros([4, 2])];
    expect(() => linear(x, zeros([4, 3]).cast("f16"))).toThrow(DTypeError);
    expect(() => linear(x, zeros([4, 3]), zeros([4], { dtype: "i32" }))).toThrow(
      /one dtype \(got x .*f32 \[2,3\], w .*f32 \[4,3\], b .*i32 \[4\]\); cast them$/,
    );
    expect(() => linear(x, w, null, "gelu")).toThrow(ShapeError);
    expect(() => linear(x, zeros([4, 3]), null, "swish" as ActivationName)).toThrow(
      new ArgumentError(
        'linear: unknown activation "swish" (known: gelu, geluTanh, quickGelu, relu, sigmoid, silu, tanh)',
      ),
    );
  });
});
