import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  ArgumentError,
  defineOp,
  GradientError,
  grad,
  Key,
  rand,
  randn,
  run,
  type Tensor,
  tensor,
  valueAndGrad,
} from "./index.ts";
import { checkGradients, evaluateAll, guardMemory } from "./testing/index.ts";

guardMemory({ beforeEach, afterEach });

const f64 = { dtype: "f64" } as const;

/** The gradients of a scalar function at some points, as numbers. */
function gradients(fn: (...xs: Tensor[]) => Tensor, ...points: number[][]): Promise<number[][]> {
  return evaluateAll(() => {
    const xs = points.map((point) => tensor(point, f64));
    return grad(() => fn(...xs), xs);
  });
}

describe("ops of one's own", () => {
  const withRule = defineOp<[Tensor], { readonly power: number }>("test.power", {
    infer: ([x]) => [x],
    compose: ([x], { power }) => [x.pow(power)],
    saves: () => ({ inputs: [0] }),
    vjp: ({ grad: dy, inputs: [x], attrs: { power } }) => [dy.mul(x.pow(power - 1)).mul(power)],
  });
  const withoutRule = defineOp<[Tensor, Tensor], null>("test.product", {
    infer: ([x]) => [x],
    compose: ([x, y]) => [x.mul(y).tanh()],
  });
  const kernelOnly = defineOp<[Tensor], null>("test.kernelOnly", {
    infer: ([x]) => [x],
    kernel: { supports: () => true, launch: (backend, [x], [out]) => backend.kernels.copy([x], [out], {}) },
  });
  const reversal = defineOp<[Tensor], null>("test.gradientReversal", {
    infer: ([x]) => [x],
    compose: ([x]) => [x],
    vjp: ({ grad: dy }) => [dy.neg()],
  });

  test("with a rule, to order 2", async () => {
    using x = rand(new Key(1), [3], { ...f64, low: 1, high: 2 });
    await checkGradients((a) => run(withRule, [a], { power: 3 })[0], [x], { order: 2 });
  });

  test("without one: the definition is differentiated", async () => {
    using x = randn(new Key(1), [3], f64);
    using y = randn(new Key(2), [3], f64);
    await checkGradients((a, b) => run(withoutRule, [a, b], null)[0], [x, y], { order: 2 });
  });

  test("with neither: an error that names it, only where a gradient is asked for", async () => {
    const message =
      "test.kernelOnly: has no gradient rule and no composed form, and was used where a gradient is asked for";
    using x = tensor([1, 2]);
    expect(() => valueAndGrad(() => run(kernelOnly, [x], null)[0].sum(), [x])).toThrow(
      new GradientError(message),
    );
    using other = tensor([5]);
    using result = valueAndGrad(() => run(kernelOnly, [x], null)[0].sum().mul(other).sum(), [other]);
    expect(await result.grads[0].item()).toBe(3);
  });

  test("that hand back their input still have their own rule", async () => {
    // The input goes on to be used beside the output: each use has its own gradient.
    expect(await gradients((x) => run(reversal, [x], null)[0].mul(3).add(x.mul(10)).sum(), [1])).toEqual([
      [7],
    ]);
    expect(
      await gradients(
        (x) =>
          x
            .mul(10)
            .add(run(reversal, [x], null)[0].mul(3))
            .sum(),
        [1],
      ),
    ).toEqual([[7]]);
  });

  test("whose rule is wrong: the walker says which op and input", () => {
    const define = (name: string, vjp: (dy: Tensor) => readonly (Tensor | null)[]) =>
      defineOp<[Tensor], null>(`test.${name}`, {
        infer: ([x]) => [x],
        compose: ([x]) => [x.mul(1)],
        vjp: ({ grad: dy }) => vjp(dy),
      });
    const cases: [ReturnType<typeof define>, string][] = [
      [define("none", () => [null]), "test.none: its rule gives no gradient for input 0, which needs one"],
      [
        define("dtype", (dy) => [dy.cast("f64")]),
        "test.dtype: the gradient of input 0 is f64, the input f32",
      ],
      [
        define("shape", (dy) => [dy.reshape([1, 2]).expand([5, 2]).slice(null, [0, 1])]),
        "test.shape: gradient of input 0",
      ],
    ];
    using x = tensor([1, 2]);
    for (const [op, message] of cases) {
      expect(() => valueAndGrad(() => run(op, [x], null)[0].sum(), [x])).toThrow(message);
    }
  });
});

test("a rule may not ignore the gradient of any of several outputs", () => {
  const both = defineOp<[Tensor], null>("test.two", {
    infer: ([x]) => [x, x],
    compose: ([x]) => [x.mul(2), x.mul(3)],
    vjp: ({ grads: [first] }) => [first?.mul(2) ?? null],
  });
  using x = tensor([1, 2]);
  const loss = (use: (a: Tensor, b: Tensor) => Tensor) => () => {
    const [a, b] = run(both, [x], null);
    return use(a, b).sum();
  };
  using right = valueAndGrad(
    loss((a) => a),
    [x],
  );
  expect(right.grads[0].shape).toEqual([2]);
  const message = "test.two: its rule ignores the gradient of output 1";
  expect(() =>
    valueAndGrad(
      loss((a, b) => a.add(b)),
      [x],
    ),
  ).toThrow(message);
  expect(() =>
    valueAndGrad(
      loss((_, b) => b),
      [x],
    ),
  ).toThrow(message);
});

test("definitions that cannot be", () => {
  const infer = ([x]: readonly [Tensor]): readonly Tensor[] => [x];
  expect(() => defineOp<[Tensor], null>("add", { infer, compose: ([x]) => [x] })).toThrow(
    new ArgumentError('defineOp: an op named "add" is already defined'),
  );
  expect(() => defineOp<[Tensor], null>("test.nothing", { infer })).toThrow("it cannot be computed");
  expect(() => defineOp<[Tensor], null>("test.noInfer", { compose: ([x]) => [x] })).toThrow("has no infer");
});
