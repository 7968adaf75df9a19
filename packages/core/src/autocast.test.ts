import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { setBackend } from "./default-backend.ts";
import {
  add,
  addmm,
  autocast,
  autocastDtype,
  type Backend,
  batchNorm,
  checkpoint,
  concat,
  conv2d,
  convTranspose1d,
  crossEntropy,
  cumsum,
  exp,
  Key,
  klDiv,
  layerNorm,
  linear,
  logSoftmax,
  lowered,
  matmul,
  mean,
  mseLoss,
  mul,
  noGrad,
  ones,
  pow,
  randn,
  relu,
  rmsNorm,
  softmax,
  sum,
  type Tensor,
  tensor,
  tidy,
  valueAndGrad,
  variance,
} from "./index.ts";
import { Linear } from "./nn/index.ts";
import { SGD } from "./optim/index.ts";
import { createReferenceBackend } from "./reference/index.ts";
import { guardMemory } from "./testing/index.ts";

guardMemory({ beforeEach, afterEach });
const inner = createReferenceBackend();
/** Shapes of the weights that were cast. */
const casts: string[] = [];
const backend: Backend = {
  ...inner,
  kernels: {
    ...inner.kernels,
    cast(inputs, outputs, attrs) {
      casts.push(`${inputs[0].dtype} ${outputs[0].dtype} [${inputs[0].shape}]`);
      inner.kernels.cast(inputs, outputs, attrs);
    },
  },
};
setBackend(backend);
const half = { dtype: "f16" } as const;

beforeEach(() => {
  casts.length = 0;
});

/** The dtypes of results under autocast, all made of f32 or of f16 operands. */
function dtypes(from: "f32" | "f16", make: (x: Tensor) => Record<string, Tensor>): Record<string, string> {
  return tidy(() => {
    const x = ones([2, 2], { dtype: from });
    const made = autocast(half, () => make(x));
    return Object.fromEntries(Object.entries(made).map(([name, y]) => [name, y.dtype]));
  });
}

/** The second within what a few roundings to f16 (2^-11 each) do to values near 1. */
function expectHalves(got: ArrayLike<number>, exact: ArrayLike<number>): void {
  expect(got.length).toBe(exact.length);
  for (let i = 0; i < got.length; i++) {
    expect(Math.abs(got[i] - exact[i])).toBeLessThanOrEqual(2 ** -9 * (1 + Math.abs(exact[i])));
  }
}

describe("autocast", () => {
  test("matrix products, linear layers and convolutions are f16, whatever they get", () => {
    for (const from of ["f32", "f16"] as const) {
      const got = dtypes(from, (x) => ({
        matmul: matmul(x, ones([2, 2])),
        linear: linear(x, ones([3, 2]), ones([3])),
        addmm: addmm(ones([2]), x, x),
        conv2d: conv2d(x.reshape([1, 1, 2, 2]), ones([1, 1, 2, 2]), ones([1])),
        convTranspose1d: convTranspose1d(x.reshape([1, 2, 2]), ones([2, 1, 2])),
      }));
      expect(new Set(Object.values(got))).toEqual(new Set(["f16"]));
    }
  });

  test("exponentials, powers, sums, norms and losses are f32", () => {
    const got = dtypes("f16", (x) => ({
      exp: exp(x),
      pow: pow(x, 2),
      sum: sum(x),
      mean: mean(x),
      cumsum: cumsum(x, 0),
      variance: variance(x),
      softmax: softmax(x),
      logSoftmax: logSoftmax(x),
      layerNorm: layerNorm(x),
      rmsNorm: rmsNorm(x),
      batchNorm: batchNorm(x, { training: true }),
      mseLoss: mseLoss(x, x),
      klDiv: klDiv(x, x),
      crossEntropy: crossEntropy(x, tensor([0, 1], { dtype: "i32" })),
    }));
    expect(new Set(Object.values(got))).toEqual(new Set(["f32"]));
  });

  test("others keep their dtype, and the wider one wins", () => {
    expect(dtypes("f16", (x) => ({ relu: relu(x), add: add(x, x), mul: mul(x, 0.5) }))).toEqual({
      relu: "f16",
      add: "f16",
      mul: "f16",
    });
    const mixed = dtypes("f16", (x) => ({
      add: add(x, ones([2])),
      concat: concat([x, ones([1, 2])]),
      concatHalves: concat([x, x]),
    }));
    expect(mixed).toEqual({ add: "f32", concat: "f32", concatHalves: "f16" });
  });

  test("what is beyond f16 stays finite where it is computed in f32", async () => {
    using x = tensor([300, -300], half);
    using loss = autocast(half, () => tidy(() => mseLoss(x, x.mul(-1))));
    expect(await loss.item()).toBe(360_000);
  });

  test("gradients of parameters are f32, and those of the f16 computation", async () => {
    using w = randn(new Key(0), [3, 4]);
    using x = randn(new Key(1), [5, 3]);
    const loss = (product: (a: Tensor, b: Tensor) => Tensor) => () => product(x, w).square().sum();
    using mixed = valueAndGrad(() => autocast(half, loss(matmul)), [w, x]);
    using exact = valueAndGrad(loss(matmul), [w, x]);
    expect(mixed.grads.map(({ dtype }) => dtype)).toEqual(["f32", "f32"]);
    for (const [i, grad] of mixed.grads.entries()) {
      const [got, wanted] = [await grad.data(), await exact.grads[i].data()];
      got.forEach((g, j) => {
        expect(Math.abs(g - wanted[j])).toBeLessThan(0.02);
      });
      expect([...got]).not.toEqual([...wanted]);
    }
  });

  test("a parameter is cast once in a scope, with its gradient; data are cast each time", async () => {
    const layer = new Linear(2, 2, { key: new Key(0), bias: false });
    using x = ones([1, 2]);
    const twice = (): Tensor => layer.forward(layer.forward(x)).sum();
    using result = valueAndGrad(() => autocast(half, twice), layer.parameters());
    expect(casts.filter((one) => one === "f32 f16 [2,2]")).toHaveLength(1);
    using wanted = valueAndGrad(twice, layer.parameters());
    const [got, exact] = [await result.grads[0].data(), await wanted.grads[0].data()];
    expectHalves(got, exact);
    layer.dispose();
  });

  test("what several products read in turn is cast once", async () => {
    using w = randn(new Key(0), [2, 2]);
    using x = randn(new Key(1), [3, 2]);
    const loss = (): Tensor => {
      const h = x.mul(2);
      return add(h.matmul(w), h.matmul(w.mul(2))).sum();
    };
    using result = valueAndGrad(() => autocast(half, loss), [x]);
    expect(casts.filter((one) => one === "f32 f16 [3,2]")).toHaveLength(1);
    using wanted = valueAndGrad(loss, [x]);
    const [got, exact] = [await result.grads[0].data(), await wanted.grads[0].data()];
    expectHalves(got, exact);
  });

  test("a cast that was not recorded serves no gradient", async () => {
    const layer = new Linear(2, 1, { key: new Key(0), bias: false });
    using x = tensor([[1, 2]]);
    using result = valueAndGrad(
      () =>
        autocast(half, () => {
          noGrad(() => tidy(() => void layer.forward(x)));
          return layer.forward(x).sum();
        }),
      layer.parameters(),
    );
    expect(await result.grads[0].array()).toEqual([[1, 2]]);
    layer.dispose();
  });

  test("a step inside it makes casts anew", async () => {
    const layer = new Linear(1, 1, { key: new Key(0), bias: false });
    layer.loadStateDict({ weight: keepless(1) });
    using x = ones([1, 1]);
    const optimizer = new SGD(layer.parameters(), { lr: 1 });
    const values = autocast(half, () => {
      const before = layer.forward(x);
      const grad = ones([1, 1]);
      optimizer.step([grad]);
      grad.dispose();
      return [before, layer.forward(x)];
    });
    expect(await Promise.all(values.map((value) => value.item()))).toEqual([1, 0]);
    for (const value of values) value.dispose();
    optimizer.dispose();
    layer.dispose();
  });

  test("checkpoint computes again what it computed", async () => {
    const layer = new Linear(3, 3, { key: new Key(0) });
    using x = randn(new Key(1), [2, 3]);
    const run = (forward: (h: Tensor) => Tensor) => () =>
      autocast(half, () => forward(layer.forward(x)).square().sum());
    using plain = valueAndGrad(
      run((h) => layer.forward(h).gelu()),
      layer.parameters(),
    );
    using again = valueAndGrad(
      run((h) => checkpoint((y) => layer.forward(y).gelu(), h)),
      layer.parameters(),
    );
    for (const [i, grad] of again.grads.entries()) {
      // Not bit by bit: the casts of one weight are two here, whose gradients meet in f32.
      const wanted = await plain.grads[i].data();
      (await grad.data()).forEach((g, j) => {
        expect(Math.abs(g - wanted[j])).toBeLessThan(1e-3 * Math.max(1, Math.abs(wanted[j])));
      });
    }
    layer.dispose();
  });

  test("is off outside, inside an autocast that is off, and in the backward pass", () => {
    expect(autocastDtype()).toBeNull();
    autocast(half, () => {
      expect(autocastDtype()).toBe("f16");
      autocast({ dtype: "f16", enabled: false }, () => expect(autocastDtype()).toBeNull());
      const x = ones([2, 2]);
      using result = valueAndGrad(() => autocast({ ...half, enabled: false }, () => matmul(x, x).sum()), [x]);
      expect(result.grads[0].dtype).toBe("f32");
      x.dispose();
    });
    expect(() =>
      autocast(half, () => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(autocastDtype()).toBeNull();
  });

  test("refuses other dtypes, and promises", () => {
    expect(() => autocast({ dtype: "f32" as "f16" }, () => 0)).toThrow("the dtype must be f16 (got f32)");
    expect(() => autocast(half, (async () => 0) as never)).toThrow("asynchronous");
  });

  test("lowered gives operands of a product as they are outside, and in f16 inside", () => {
    tidy(() => {
      const x = ones([2]);
      expect(lowered(x, null)).toEqual([x, null]);
      expect(autocast(half, () => lowered(x, null)).map((y) => y?.dtype)).toEqual(["f16", undefined]);
      expect(autocast(half, () => lowered(ones([1], { dtype: "i32" })))[0].dtype).toBe("i32");
    });
  });
});

/** A weight for `loadStateDict`; freed by the end of the test's scope. */
function keepless(value: number): Tensor {
  const made = tensor([[value]]);
  queueMicrotask(() => made.dispose());
  return made;
}
