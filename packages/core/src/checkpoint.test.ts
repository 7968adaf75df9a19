import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  checkpoint,
  dropout,
  GradientError,
  grad,
  Key,
  memory,
  noGrad,
  ones,
  randn,
  resetPeak,
  softmax,
  type Tensor,
  tensor,
  tidy,
  valueAndGrad,
  where,
} from "./index.ts";
import { checkGradients, evaluateAll, guardMemory } from "./testing/index.ts";

guardMemory({ beforeEach, afterEach });

const f64 = { dtype: "f64" } as const;

/** Layers of `tanh(x w)` on a square matrix. */
function makeWeights(count: number, width: number): Tensor[] {
  return Array.from({ length: count }, (_, i) => randn(new Key(i), [width, width], { ...f64, std: 0.4 }));
}

const layer = (x: Tensor, w: Tensor): Tensor => softmax(x.matmul(w).tanh().mul(3).exp().log());

describe("checkpoint", () => {
  test("changes neither value nor gradients, of inputs and of what the function captures", async () => {
    using x = randn(new Key(9), [5, 4], f64);
    const weights = makeWeights(3, 4);
    const loss = (wrap: boolean): Tensor =>
      weights
        .reduce((h, w) => (wrap ? checkpoint((inner) => layer(inner, w), h) : layer(h, w)), x)
        .square()
        .sum();
    const run = (wrap: boolean) =>
      evaluateAll(() => {
        const { value, grads } = valueAndGrad(() => loss(wrap), [x, ...weights]);
        return [value, ...grads];
      });
    expect(await run(true)).toEqual(await run(false));
    for (const w of weights) w.dispose();
  });

  test("needs less memory at the peak", () => {
    using x = randn(new Key(9), [64, 16], f64);
    const weights = makeWeights(8, 16);
    const deep = (h: Tensor, w: Tensor): Tensor => layer(layer(layer(layer(h, w), w), w), w);
    const peak = (wrap: boolean): number => {
      const before = memory().bytes;
      resetPeak();
      using _ = valueAndGrad(
        () => weights.reduce((h, w) => (wrap ? checkpoint((a) => deep(a, w), h) : deep(h, w)), x).sum(),
        weights,
      );
      return memory().peakBytes - before;
    };
    const [plain, saved] = [peak(false), peak(true)];
    expect(saved).toBeLessThan(plain / 2.5);
    for (const w of weights) w.dispose();
  });

  test("nests", async () => {
    using x = randn(new Key(9), [3, 4], f64);
    const [w, v] = makeWeights(2, 4);
    const nested = (h: Tensor): Tensor =>
      checkpoint((a) => checkpoint((b) => layer(b, v), layer(a, w)).add(checkpoint((b) => b.square(), a)), h);
    const plain = (h: Tensor): Tensor => layer(layer(h, w), v).add(h.square());
    const run = (fn: (h: Tensor) => Tensor) => evaluateAll(() => grad(() => fn(x).square().sum(), [x, w, v]));
    expect(await run(nested)).toEqual(await run(plain));
    w.dispose();
    v.dispose();
  });

  test("gradients of gradients", async () => {
    using x = randn(new Key(9), [3, 2], f64);
    using w = randn(new Key(8), [2, 2], f64);
    await checkGradients((a, b) => checkpoint((h) => h.matmul(b).tanh(), a), [x, w], { order: 2 });
    // Also where only the outer function tracks what the inner one captures.
    await checkGradients(
      (a, b) =>
        grad(
          () =>
            checkpoint((h) => h.matmul(b).tanh(), a)
              .square()
              .sum(),
          [a],
        ),
      [x, w],
    );
  });

  test("dropout drops the same both times", async () => {
    using x = randn(new Key(9), [50], f64);
    const fn = (h: Tensor): Tensor => dropout(h.mul(2), 0.5, new Key(3)).square();
    const run = (wrap: boolean) =>
      evaluateAll(() => grad(() => (wrap ? checkpoint(fn, x) : fn(x)).sum(), [x]));
    expect(await run(true)).toEqual(await run(false));
  });

  test("several inputs and outputs; some not differentiated, some handed through, some the same", async () => {
    const result = await evaluateAll(() => {
      const x = tensor([1, 2, 3]);
      const mask = tensor([1, 0, 1], { dtype: "u8" });
      return grad(() => {
        const [kept, same, again, constant] = checkpoint(
          (a, m) => {
            const y = where(m, a.square(), a);
            return [y, a, y, m.cast("f32")];
          },
          x.mul(1),
          mask,
        );
        return kept.add(same.mul(10)).add(again.mul(100)).add(constant).sum();
      }, [x]);
    });
    // 101 times (2x where kept, else 1), and 10
    expect(result).toEqual([[212, 111, 616]]);
  });

  test("without a gradient to take it just runs, and frees what it made", async () => {
    using w = tensor([2, 3]);
    const before = memory().tensors;
    using y = checkpoint((x) => x.mul(w).add(1), w);
    expect(Array.from(await y.data())).toEqual([5, 10]);
    expect(memory().tensors).toBe(before + 1);
    const [constant] = await evaluateAll(() =>
      grad(
        () =>
          noGrad(() => checkpoint((x) => x.square(), w))
            .mul(w)
            .sum(),
        [w],
      ),
    );
    expect(constant).toEqual([4, 9]);
  });

  test("reads what lives long enough: constants and intermediates from outside valueAndGrad", async () => {
    const result = await evaluateAll(() => {
      const x = tensor([1, 2]);
      const constant = tensor([10, 20]).mul(1);
      return grad(() => checkpoint((h) => h.mul(constant), x).sum(), [x]);
    });
    expect(result).toEqual([[10, 20]]);
  });

  test("tells what will be gone when it is read again", () => {
    using x = tensor([1, 2]);
    const run = (fn: (h: Tensor, mask: Tensor) => Tensor) => () =>
      valueAndGrad(() => {
        const h = x.mul(2);
        return fn(h, ones([2])).sum();
      }, [x]);
    const message =
      /checkpoint: the function reads tensor \d+ f32 \[2\], which is none of its inputs and dies before/;
    expect(run((h, mask) => checkpoint((a) => a.mul(mask), h))).toThrow(message);
    expect(run((h) => checkpoint((a) => a.mul(x).mul(h), x))).toThrow(GradientError);
    expect(run((h) => checkpoint(() => h.square(), h))).toThrow(message); // an input, by another handle
    using right = run((h, mask) => checkpoint((a, m) => a.mul(m), h, mask))();
    expect(right.grads.length).toBe(1);
  });

  test("frees all when the function throws, forward or backward", () => {
    using x = tensor([1, 2]);
    let calls = 0;
    const fails = (when: number) => () =>
      valueAndGrad(() => {
        calls = 0;
        const inner = (h: Tensor): Tensor => {
          const y = h.exp().square();
          if (++calls === when) throw new RangeError(`call ${when}`);
          return y;
        };
        return checkpoint(inner, x).sum();
      }, [x]);
    const before = memory();
    expect(fails(1)).toThrow("call 1");
    expect(fails(2)).toThrow("call 2");
    expect(memory().tensors).toBe(before.tensors);
    expect(memory().bytes).toBe(before.bytes);
  });
});

test("a scope around it ends as any other", () => {
  using w = tensor([1]);
  const y = tidy(() => checkpoint((x) => x.add(1), w));
  expect(y.isDisposed).toBe(false);
  y.dispose();
});
