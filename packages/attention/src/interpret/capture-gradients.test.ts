import {
  autocast,
  checkpoint,
  detach,
  GradientError,
  Key,
  mul,
  noGrad,
  randn,
  sum,
  type Tensor,
  tensor,
  tidy,
  valueAndGrad,
} from "@saccade/core";
import { castModule, Linear, Module } from "@saccade/core/nn";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MultiHeadAttention } from "../multi-head-attention.ts";
import { attention } from "../scaled-dot-product/attention.ts";
import { withAttentionHook } from "../scaled-dot-product/attention-hooks.ts";
import { arbitraryAttention, build } from "../testing/arbitrary-attention.ts";
import { captureAttention } from "./capture-attention.ts";
import { captureGradients } from "./capture-gradients.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const apart = (x: Tensor, y: Tensor): Tensor => x.sub(y).abs().amax();

function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-12): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) {
    if (!(Math.abs(actual[i] - value) <= tolerance)) expect.fail(`${i} is ${actual[i]}, expected ${value}`);
  }
}

function* indices([a, b, c]: readonly number[]): Generator<[number, number, number]> {
  for (let h = 0; h < a; h++) for (let i = 0; i < b; i++) for (let j = 0; j < c; j++) yield [h, i, j];
}

/** Two layers that share key heads, the second of which looks at what the first gives and at something else. */
class Model extends Module {
  readonly own = new MultiHeadAttention({ embedDim: 8, numHeads: 4, numKeyValueHeads: 2 }, { key });
  readonly cross = new MultiHeadAttention({ embedDim: 8, numHeads: 2 }, { key: key.fold(1) });
  readonly head = new Linear(8, 3, { key: key.fold(2) });
  forward(x: Tensor, memory: Tensor, dropoutKey?: Key): Tensor {
    return tidy(() => {
      const h = x.add(this.own.forward(x, { causal: true, key: dropoutKey }));
      return this.head.forward(h.add(this.cross.cross(h, memory)).tanh());
    });
  }
}

describe("captureGradients", () => {
  test("gives dOut v^T, for every combination of options and every choice of rows", async () => {
    const choice = fc.record({ heads: fc.nat(), queries: fc.nat(), all: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(arbitraryAttention(0), choice, async (example, chosen) => {
        const { sizes, heads, queries, tensors } = tidy(() => {
          const { q, k, v, spec, sizes } = build(example);
          const { H, T } = sizes;
          const some = (n: number, seed: number): number[] =>
            Array.from({ length: n }, (_, i) => i).filter((i) => (seed >> i) & 1);
          const [hs, qs] = [some(H, chosen.heads), some(T, chosen.queries)];
          const asked = chosen.all || hs.length === 0 || qs.length === 0 ? {} : { heads: hs, queries: qs };
          const cotangent = randn(new Key(5), [sizes.B, H, T, sizes.Ev], { dtype: "f64" });
          const { maps } = captureGradients(() => sum(mul(attention(q, k, v, spec), cotangent)), asked);
          const map = maps.attention;
          expect(map.gradient.shape).toEqual(map.weights.shape);
          const plain = captureAttention(() => attention(q, k, v, spec), asked).maps.attention;
          return {
            sizes,
            heads: map.heads,
            queries: map.queries,
            tensors: [map.gradient, v, cotangent, map.weights, plain.weights, map.places, plain.places],
          };
        });
        const [gradient, v, cotangent, ...[weights, plain, places, plainPlaces]] = await evaluateAll(
          () => tensors,
        );
        for (const it of tensors) it.dispose();
        expect([weights, places]).toEqual([plain, plainPlaces]);
        const { B, H, K, T, S, Ev } = sizes;
        const expected: number[] = [];
        for (let b = 0; b < B; b++) {
          for (const h of heads) {
            for (const i of queries) {
              for (let j = 0; j < S; j++) {
                let dot = 0;
                for (let e = 0; e < Ev; e++) {
                  const own = Math.floor((h * K) / H);
                  dot += cotangent[((b * H + h) * T + i) * Ev + e] * v[((b * K + own) * S + j) * Ev + e];
                }
                expected.push(dot);
              }
            }
          }
        }
        expectClose(gradient, expected);
      }),
      { numRuns: 200 },
    );
  });

  test("is the difference that moving a weight makes, through all that follows", async () => {
    using model = castModule(new Model(), "f64");
    using x = randn(key.fold(3), [1, 3, 8], { dtype: "f64" });
    using memory = randn(key.fold(4), [1, 2, 8], { dtype: "f64" });
    const target = (): Tensor => model.forward(x, memory).slice(0, null, 2).sum();
    /** With eps added to one weight of one call. */
    const moved = (at: number, h: number, i: number, j: number, eps: number): Tensor => {
      let call = 0;
      return withAttentionHook(({ out, inputs: [q, , v] }) => {
        if (call++ !== at) return out;
        const [, H, T] = q.shape;
        const own = Math.floor((h * v.shape[1]) / H);
        const row = v.slice(0, own, j).mul(eps);
        const place = Array.from({ length: H * T }, (_, n) => (n === h * T + i ? 1 : 0));
        const chosen = out.mul(0).add(1).mul(row);
        return out.add(chosen.mul(tensor(Float64Array.from(place), { shape: [1, H, T, 1] })));
      }, target);
    };
    const eps = 1e-6;
    const [own, cross, value, ...ends] = await evaluateAll(() => {
      const { maps, value } = captureGradients(target, { model });
      expect(Object.keys(maps)).toEqual(["own", "cross"]);
      const differences = [0, 1].flatMap((at) =>
        [...indices(at === 0 ? [4, 3, 3] : [2, 3, 2])].map(([h, i, j]) =>
          moved(at, h, i, j, eps)
            .sub(moved(at, h, i, j, -eps))
            .div(2 * eps),
        ),
      );
      return [maps.own.gradient, maps.cross.gradient, apart(value, target()), ...differences];
    });
    expect(value).toEqual([0]);
    expectClose([...own, ...cross], ends.flat(), 1e-8);
    expect(own.filter((g) => Math.abs(g) > 1e-3).length).toBeGreaterThan(20);
  });

  test("under another gradient, and where nothing depends on the maps", async () => {
    using model = new Model();
    using x = randn(key.fold(3), [2, 3, 8]);
    const [zero, same, gradientSame] = await evaluateAll(() => {
      const target = (): Tensor => model.forward(x, x).sum();
      const { maps } = captureGradients(
        () => {
          noGrad(() => model.own.forward(x));
          return detach(model.forward(x, x)).sum().mul(2).add(x.sum().mul(0));
        },
        { model },
      );
      const plain = valueAndGrad(target, [x]).grads[0];
      const within = valueAndGrad(() => captureGradients(target).value, [x]).grads[0];
      const captured = captureGradients(() => ({ loss: target(), aux: { logits: model.forward(x, x) } }));
      expect(captured.aux.logits.shape).toEqual([2, 3, 3]);
      return [maps.own.gradient, apart(plain, within), apart(captured.value, target())];
    });
    expect(zero.every((value) => value === 0)).toBe(true);
    expect(same[0]).toBe(0);
    expect(gradientSame).toEqual([0]);
  });

  test("in half precision, gradients are those of the halves, in f32", async () => {
    using q = randn(key, [1, 2, 5, 8]);
    using cotangent = randn(key.fold(1), [1, 2, 5, 8]);
    const loss = (): Tensor => attention(q, q, q).mul(cotangent).sum();
    const [difference, size] = await evaluateAll(() => {
      const { gradient } = autocast({ dtype: "f16" }, () => captureGradients(loss)).maps.attention;
      expect(gradient.dtype).toBe("f32");
      const exact = captureGradients(loss).maps.attention.gradient;
      return [apart(gradient, exact), exact.abs().amax()];
    });
    expect(difference[0]).toBeGreaterThan(0);
    expect(difference[0]).toBeLessThan(2e-3 * size[0]);
  });

  test("a cache in the first layer is read; one behind it takes no gradient, and says so", async () => {
    using model = new Model();
    using x = randn(key.fold(3), [1, 3, 8]);
    using cache = model.own.createCache({ batch: 1, maxLength: 4 });
    using other = model.own.createCache({ batch: 1, maxLength: 4 });
    const [whole, cached] = await evaluateAll(() => {
      const last = (y: Tensor): Tensor => y.slice(null, -1).square().sum();
      model.own.forward(x.narrow(1, 0, 2), { causal: true, cache });
      const whole = captureGradients(() => last(model.own.forward(x, { causal: true })), { queries: [-1] });
      const step = captureGradients(() =>
        last(model.own.forward(x.narrow(1, 2, 1), { causal: true, cache })),
      );
      return [whole.maps.attention.gradient, step.maps.attention.gradient];
    });
    expectClose(cached, whole, 1e-6);
    const twice = (): Tensor => model.own.forward(model.own.forward(x), { causal: true, cache: other }).sum();
    expect(() => captureGradients(twice)).toThrow(GradientError);
    expect(other.length).toBe(0);
  });

  test("refuses dropout, checkpoint, what is no scalar; leaves nothing", () => {
    using model = new Model();
    using x = randn(key.fold(3), [1, 3, 8]);
    using dropping = new MultiHeadAttention({ embedDim: 8, numHeads: 2, dropout: 0.5 }, { key });
    const capture = (body: () => Tensor, options: object = {}): unknown => captureGradients(body, options);
    expect(() => capture(() => dropping.forward(x, { key }).sum())).toThrow(
      "captureGradients: attention drops weights (p 0.5)",
    );
    expect(() => capture(() => checkpoint((y) => model.forward(y, y), x).sum())).toThrow(
      "captureGradients: attention is called again in the backward pass; leave out checkpoint",
    );
    expect(() => capture(() => model.forward(x, x))).toThrow("the loss must be a scalar");
    expect(() => capture(() => model.forward(x, x).sum(), { head: [1] })).toThrow('unknown option "head"');
    expect(() => capture(() => model.forward(x, x).sum(), { model, modules: ["no"] })).toThrow(
      "captureGradients: no did not attend (own, cross did)",
    );
    expect(() => capture(() => model.forward(x, x).sum(), { heads: [2] })).toThrow(
      "captureGradients: heads of attention#2 are integers from 0 to 1 (got 2)",
    );
  });
});
