import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  ArgumentError,
  arange,
  concat,
  defineOp,
  grad,
  indexSelect,
  Key,
  matmul,
  memory,
  noGrad,
  ones,
  randn,
  run,
  ShapeError,
  scalar,
  split,
  type Tensor,
  tensor,
  tidy,
  valueAndGrad,
  vjp,
  where,
  zeros,
} from "./index.ts";
import { checkGradients, evaluate, evaluateAll, guardMemory } from "./testing/index.ts";

guardMemory({ beforeEach, afterEach });

const f64 = { dtype: "f64" } as const;

/** The gradients of a scalar function at some points, as numbers. */
function gradients(fn: (...xs: Tensor[]) => Tensor, ...points: number[][]): Promise<number[][]> {
  return evaluateAll(() => {
    const xs = points.map((point) => tensor(point, f64));
    return grad(() => fn(...xs), xs);
  });
}

describe("valueAndGrad", () => {
  test("gives the loss, the gradients and what to look at; dispose() frees them", async () => {
    using w = tensor([1, 2, 3]);
    const before = memory();
    const result = valueAndGrad(() => {
      const squares = w.square();
      return { loss: squares.sum(), aux: { squares, w } };
    }, [w]);
    expect(await result.value.item()).toBe(14);
    expect(Array.from(await result.aux.squares.data())).toEqual([1, 4, 9]);
    expect(Array.from(await result.grads[0].data())).toEqual([2, 4, 6]);
    result.dispose();
    result.dispose();
    expect(memory().bytes).toBe(before.bytes);
    expect(w.isDisposed).toBe(false); // though it was handed out as aux
  });

  test("an input that is used twice, or not at all", async () => {
    expect(await gradients((x) => x.mul(x).mul(x).add(x).sum(), [2, 3])).toEqual([[13, 28]]);
    expect(await gradients((x, y) => x.add(y.mul(0).sum().mul(0)).sum(), [2], [5])).toEqual([[1], [0]]);
    expect(await gradients((x) => x.sum(), [2], [5, 6])).toEqual([[1], [0, 0]]);
    expect(await gradients(() => scalar(3, f64), [2, 3])).toEqual([[0, 0]]);
  });

  test("diamonds: both ways count", async () => {
    // a = 2x; y = exp(a) tanh(a) + a
    const fn = (x: Tensor): Tensor => {
      const a = x.mul(2);
      return a.exp().mul(a.tanh()).add(a).sum();
    };
    const [[g]] = await gradients(fn, [0.3]);
    const a = 0.6;
    expect(g).toBeCloseTo(2 * (Math.exp(a) * Math.tanh(a) + Math.exp(a) * (1 - Math.tanh(a) ** 2) + 1), 12);
  });

  test("sums gradients down to what was broadcast", async () => {
    const result = await evaluateAll(() => {
      const xs = [ones([2, 3]), ones([3]), ones([2, 1]), scalar(1)];
      const [a, b, c, d] = xs;
      return grad(() => a.mul(b).mul(c).mul(d).sum(), xs);
    });
    expect(result).toEqual([new Array(6).fill(1), [2, 2, 2], [3, 3], [6]]);
    using a = randn(new Key(1), [2, 1, 3], f64);
    using b = randn(new Key(2), [4, 1], f64);
    using c = randn(new Key(3), [], f64);
    await checkGradients((x, y, z) => x.add(y).mul(z).tanh(), [a, b, c], { order: 2 });
  });

  test("the loss may be a parameter itself", async () => {
    using x = scalar(3);
    using result = valueAndGrad(() => x, [x]);
    expect([await result.value.item(), await result.grads[0].item()]).toEqual([3, 1]);
    result.dispose();
    expect(x.isDisposed).toBe(false);
  });

  test("a parameter given twice gets its gradient twice", async () => {
    expect(
      await evaluateAll(() => {
        const x = tensor([3]);
        return grad(() => x.square().sum(), [x, x]);
      }),
    ).toEqual([[6], [6]]);
  });

  test("slices that overlap, pieces, gathers with repetition", async () => {
    expect(
      await gradients(
        (x) =>
          x
            .slice([null, -1])
            .mul(x.slice([1, null]))
            .sum(),
        [1, 2, 3],
      ),
    ).toEqual([[2, 4, 2]]);
    expect(
      await gradients(
        (a, b) =>
          split(concat([a, b]), [1, 3])[1]
            .square()
            .sum(),
        [1, 2],
        [3, 4],
      ),
    ).toEqual([
      [0, 4],
      [6, 8],
    ]);
    expect(
      await gradients((x) => indexSelect(x, tensor([0, 2, 2], { dtype: "i32" }), 0).sum(), [1, 2, 3]),
    ).toEqual([[1, 0, 2]]);
  });

  test("frees everything when the function, or a rule, throws", () => {
    using x = tensor([1, 2]);
    const before = memory();
    const broken = defineOp<[Tensor], null>("test.brokenRule", {
      infer: ([a]) => [a],
      compose: ([a]) => [a.exp()],
      saves: () => ({ inputs: [0], outputs: [0] }),
      vjp() {
        throw new RangeError("no rule today");
      },
    });
    expect(() => valueAndGrad(() => run(broken, [x.exp().mul(x)], null)[0].sum(), [x])).toThrow(RangeError);
    expect(() =>
      valueAndGrad(() => {
        x.exp().log();
        throw new RangeError("no loss today");
      }, [x]),
    ).toThrow(RangeError);
    expect(memory().bytes).toBe(before.bytes);
    expect(memory().tensors).toBe(before.tensors);
  });

  test("errors", () => {
    using x = tensor([1, 2]);
    using ids = arange(0, 2);
    expect(() => valueAndGrad(() => x.mul(2), [x])).toThrow(
      /the loss must be a scalar \(got tensor \d+ f32 \[2\]\)/,
    );
    expect(() => valueAndGrad(() => x.gt(1).sum(), [x])).toThrow("the loss must be float");
    expect(() => valueAndGrad(() => x.sum(), [x, ids])).toThrow(
      "parameter 1 is i32; only float tensors have gradients",
    );
    expect(() => tidy(() => valueAndGrad((async () => x) as unknown as () => Tensor, [x]))).toThrow(
      "asynchronous",
    );
  });
});

describe("constants", () => {
  test("noGrad and detach", async () => {
    expect(await gradients((x) => x.mul(noGrad(() => x.square())).sum(), [3])).toEqual([[9]]);
    expect(await gradients((x) => x.mul(x.detach()).add(x).sum(), [3])).toEqual([[4]]);
    expect(await gradients((x) => noGrad(() => x.square()).sum(), [3])).toEqual([[0]]);
  });

  test("a valueAndGrad inside noGrad records, and is constant to those around it", async () => {
    expect(
      await gradients(
        (x) =>
          noGrad(() => grad(() => x.pow(3).sum(), [x])[0])
            .mul(x)
            .sum(),
        [2],
      ),
    ).toEqual([[12]]);
  });

  test("comparisons and rounding are constant, but what they choose is not", async () => {
    expect(await gradients((x) => where(x.gt(1), x.square(), x.mul(5)).sum(), [0.5, 3])).toEqual([[5, 6]]);
  });
});

describe("gradients of gradients", () => {
  test("d2/dx2 of tanh(x) exp(x), against the formula", async () => {
    const [[g]] = await gradients((x) => grad(() => x.tanh().mul(x.exp()).sum(), [x])[0].sum(), [0.7]);
    const [t, e] = [Math.tanh(0.7), Math.exp(0.7)];
    const s = 1 - t * t;
    expect(g).toBeCloseTo(e * t + 2 * e * s - 2 * e * t * s, 12);
  });

  test("third order", async () => {
    const cube = (x: Tensor): Tensor => x.pow(4).sum();
    const third = (x: Tensor): Tensor =>
      grad(() => grad(() => grad(() => cube(x), [x])[0].sum(), [x])[0].sum(), [x])[0].sum();
    expect(await evaluateAll(() => [third(tensor([2], f64))])).toEqual([[48]]);
  });

  test("a gradient penalty", async () => {
    using x = randn(new Key(1), [4, 3], f64);
    using w = randn(new Key(2), [3, 1], f64);
    await checkGradients(
      (a, b) => {
        const [g] = grad(() => matmul(a, b).sigmoid().sum(), [a]);
        return g.square().sum(1).sqrt().sub(1).square().mean();
      },
      [x, w],
      { order: 2 },
    );
  });

  test("an inner function's inputs are constant to the outer one where they are not its", async () => {
    // d/dy of (d/dx x^2 y) at fixed x: 2x
    expect(
      await evaluateAll(() => {
        const [x, y] = [tensor([3]), tensor([5])];
        return grad(() => grad(() => x.square().mul(y).sum(), [x])[0].sum(), [y]);
      }),
    ).toEqual([[6]]);
  });
});

describe("vjp", () => {
  test("takes cotangents from the outputs, and their number is checked, too", async () => {
    const x = tensor([1, -3]);
    const fn = (): Tensor[] => [x.square(), x.mul(2)];
    expect(await evaluate(() => vjp(fn, [x], ([y, z]) => [y, z]).grads[0])).toEqual([6, -66]);
    expect(() => vjp(fn, [x], ([y]) => [y])).toThrow(new ArgumentError("vjp: 2 outputs but 1 cotangents"));
    x.dispose();
  });

  test("several outputs, some without cotangent, some without dependence", async () => {
    const result = await evaluateAll(() => {
      const [x, y] = [tensor([1, 2]), tensor([3, 4])];
      const { outputs, grads } = vjp(
        () => [x.mul(y), x.square(), y.sum(), zeros([1])],
        [x, y],
        [tensor([1, 10]), null, scalar(100), ones([1])],
      );
      return [...outputs, ...grads];
    });
    expect(result).toEqual([[3, 8], [1, 4], [7], [0], [3, 40], [101, 120]]);
  });

  test("an output may be an input, or come twice", async () => {
    const result = await evaluateAll(() => {
      const x = tensor([1, 2]);
      return vjp(() => [x, x, x.mul(2)], [x], [ones([2]), ones([2]), ones([2])]).grads;
    });
    expect(result).toEqual([[4, 4]]);
  });

  test("errors", () => {
    tidy(() => {
      const x = tensor([1, 2]);
      expect(() => vjp(() => [x.mul(2)], [x], [])).toThrow(
        new ArgumentError("vjp: 1 outputs but 0 cotangents"),
      );
      expect(() => vjp(() => [x.mul(2)], [x], [ones([3])])).toThrow(ShapeError);
      expect(() => vjp(() => [x], [arange(0, 2)], [ones([2])])).toThrow("vjp: input 0 is i32");
    });
  });
});
