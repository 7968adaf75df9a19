import { Key, randn, type Tensor, tensor, tidy } from "@saccade/core";
import { castModule, Embedding, Linear, Module } from "@saccade/core/nn";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MultiHeadAttention } from "../multi-head-attention.ts";
import { fromEmbeddings } from "./from-embeddings.ts";
import { inputTimesGradient, saliency } from "./input-gradients.ts";
import { integratedGradients } from "./integrated-gradients.ts";
import { type QuadratureRule, quadrature } from "./quadrature.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const apart = (x: Tensor, y: Tensor): Tensor => x.sub(y).abs().amax();
const f64 = { dtype: "f64" } as const;

class Classifier extends Module {
  readonly tokens = new Embedding(7, 8, { key });
  readonly mha = new MultiHeadAttention({ embedDim: 8, numHeads: 2 }, { key: key.fold(1) });
  readonly head = new Linear(8, 3, { key: key.fold(2) });
  /** `[B, 3]` */
  fromVectors(x: Tensor): Tensor {
    return tidy(() => this.head.forward(x.add(this.mha.forward(x)).tanh().mean(1)));
  }
  forward(ids: Tensor): Tensor {
    return tidy(() => this.fromVectors(this.tokens.forward(ids)));
  }
}

describe("quadrature", () => {
  test("Gauss-Legendre is exact to degree 2n - 1, and not further", () => {
    for (const n of [1, 2, 3, 5, 16, 32, 100]) {
      const { points, weights } = quadrature("gaussLegendre", n);
      const integral = (degree: number): number =>
        points.reduce((sum, x, k) => sum + weights[k] * x ** degree, 0);
      for (const degree of [0, 1, n, 2 * n - 1]) expect(integral(degree)).toBeCloseTo(1 / (degree + 1), 13);
      if (n <= 5) expect(Math.abs(integral(2 * n) - 1 / (2 * n + 1))).toBeGreaterThan(1e-7);
    }
  });

  test("the other rules", () => {
    expect(quadrature("left", 2)).toEqual({ points: [0, 0.5], weights: [0.5, 0.5] });
    expect(quadrature("middle", 2)).toEqual({ points: [0.25, 0.75], weights: [0.5, 0.5] });
    expect(quadrature("right", 2)).toEqual({ points: [0.5, 1], weights: [0.5, 0.5] });
    expect(quadrature("trapezoid", 3)).toEqual({ points: [0, 0.5, 1], weights: [0.25, 0.5, 0.25] });
    expect(() => quadrature("trapezoid", 1)).toThrow("needs 2 steps at least (got 1)");
    expect(() => quadrature("simpson" as "left", 4)).toThrow("rule must be one of gaussLegendre, left");
  });
});

describe("integratedGradients", () => {
  test("is the integral along the way, by a sum of differences of the score", async () => {
    using model = castModule(new Classifier(), "f64");
    using x = randn(key.fold(3), [2, 3, 8], f64);
    using baseline = randn(key.fold(4), [3, 8], f64);
    const score = (e: Tensor): Tensor => model.fromVectors(e).slice(null, 1);
    const coordinates = [0, 5, 23];
    const [attributions, delta, ...expected] = await evaluateAll(() => {
      const found = integratedGradients(score, x, { baseline, steps: 24 });
      expect(found.attributions.shape).toEqual([2, 3, 8]);
      // The derivative by a coordinate, at the middles of pieces of the way, by central differences.
      const [n, eps] = [500, 1e-5];
      const way = x.sub(baseline);
      const points = tensor(
        Float64Array.from({ length: n }, (_, k) => (k + 0.5) / n),
        { shape: [n, 1, 1, 1] },
      );
      const places = way
        .mul(points)
        .add(baseline)
        .reshape([2 * n, 3, 8]);
      const integrals = coordinates.map((at) => {
        const moved = Float64Array.from({ length: 24 }, (_, i) => (i === at ? eps : 0));
        const unit = tensor(moved, { shape: [3, 8] });
        const slopes = score(places.add(unit))
          .sub(score(places.sub(unit)))
          .div(2 * eps);
        return slopes
          .reshape([n, 2])
          .mean(0)
          .mul(way.reshape([2, 24]).slice(null, at));
      });
      const differences = score(x).sub(score(baseline.expand([2, 3, 8])));
      const error = found.attributions.sum([1, 2]).sub(differences);
      return [found.attributions, apart(found.convergenceDelta, error), ...integrals];
    });
    expect(delta[0]).toBeLessThan(1e-15);
    for (const [n, at] of coordinates.entries()) {
      for (const b of [0, 1]) expect(attributions[24 * b + at]).toBeCloseTo(expected[n][b], 6);
    }
  });

  test("completeness: with every rule the error goes to 0, and batches of steps change nothing", async () => {
    using model = castModule(new Classifier(), "f64");
    using x = randn(key.fold(3), [2, 3, 8], f64);
    const score = (e: Tensor): Tensor => model.fromVectors(e).slice(null, 0);
    const error = async (rule: QuadratureRule, steps: number): Promise<number> => {
      const [values] = await evaluateAll(() => [
        integratedGradients(score, x, { rule, steps, stepsPerCall: 16 }).convergenceDelta.abs().amax(),
      ]);
      return values[0];
    };
    const limits = { gaussLegendre: 1e-12, left: 0.1, right: 0.1, middle: 2e-4, trapezoid: 4e-4 };
    for (const [rule, limit] of Object.entries(limits) as [QuadratureRule, number][]) {
      expect(await error(rule, 64)).toBeLessThan(limit);
      expect(await error(rule, 8)).toBeGreaterThan(await error(rule, 64));
    }
    const [difference] = await evaluateAll(() => {
      const batched = integratedGradients(score, x, { steps: 10, stepsPerCall: 4 }).attributions;
      return [apart(integratedGradients(score, x, { steps: 10 }).attributions, batched)];
    });
    expect(difference[0]).toBeLessThan(1e-14);
  });

  test("a linear score needs one step; input times gradient is the same there, saliency its slope", async () => {
    using slope = randn(key, [3, 4], f64);
    using x = randn(key.fold(1), [2, 3, 4], f64);
    const score = (e: Tensor): Tensor => e.mul(slope).sum([1, 2]);
    const [ig, xg, l1, l2, most, product, slopes] = await evaluateAll(() => [
      integratedGradients(score, x, { steps: 1 }).attributions,
      inputTimesGradient(score, x),
      saliency(score, x, { norm: "l1" }),
      saliency(score, x),
      saliency(score, x, { norm: "max" }),
      x.mul(slope),
      slope,
    ]);
    for (const [i, value] of product.entries()) {
      expect(ig[i]).toBeCloseTo(value, 13);
      expect(xg[i]).toBeCloseTo(value, 13);
    }
    for (let row = 0; row < 6; row++) {
      const own = slopes.slice((row % 3) * 4, (row % 3) * 4 + 4);
      expect(l1[row]).toBeCloseTo(
        own.reduce((sum, s) => sum + Math.abs(s), 0),
        13,
      );
      expect(l2[row]).toBeCloseTo(Math.hypot(...own), 13);
      expect(most[row]).toBeCloseTo(Math.max(...own.map(Math.abs)), 13);
    }
  });

  test("refuses scores of other shapes, and options that are not", () => {
    using x = randn(key, [2, 3, 4]);
    using flat = randn(key, [3]);
    const score = (e: Tensor): Tensor => e.sum([1, 2]);
    const sum = (e: Tensor): Tensor => e.sum();
    expect(() => integratedGradients(sum, x)).toThrow("the score must be a number for each item, [2] (got");
    expect(() => inputTimesGradient(sum, x)).toThrow("inputTimesGradient: the score must be a number");
    expect(() => saliency(score, flat)).toThrow("saliency: embeddings must be [B, ...] with a width");
    expect(() => saliency(score, x, { norm: "l3" as "l1" })).toThrow(
      "norm must be one of l1, l2, max (got l3)",
    );
    expect(() => integratedGradients(score, x, { steps: 0 })).toThrow(
      "steps must be a positive integer (got 0)",
    );
    expect(() => integratedGradients(score, x, { stepsPerCall: 1.5 })).toThrow(
      "stepsPerCall must be a positive",
    );
    expect(() => integratedGradients(score, x, { step: 4 } as object)).toThrow('unknown option "step"');
    expect(() => integratedGradients(score, x, { baseline: flat })).toThrow();
  });
});

describe("fromEmbeddings", () => {
  test("makes the embeddings of a model over tokens the point of attribution", async () => {
    using model = castModule(new Classifier(), "f64");
    using ids = tensor(
      [
        [1, 2, 3],
        [3, 3, 0],
      ],
      { dtype: "i32" },
    );
    const names = [...model.namedTensors()].length;
    const [rows, same, moved, attributions] = await evaluateAll(() => {
      const { embeddings, score } = fromEmbeddings(model.tokens, () => model.forward(ids).slice(null, 2));
      const direct = (e: Tensor): Tensor => model.fromVectors(e).slice(null, 2);
      const other = embeddings.mul(0.5).narrow(0, 0, 1);
      return [
        apart(embeddings, model.tokens.forward(ids)),
        apart(score(embeddings), direct(embeddings)),
        apart(score(other), direct(other)),
        apart(
          integratedGradients(score, embeddings, { steps: 4, stepsPerCall: 2 }).attributions,
          integratedGradients(direct, embeddings, { steps: 4 }).attributions,
        ),
      ];
    });
    expect([rows, same, moved]).toEqual([[0], [0], [0]]);
    expect(attributions[0]).toBeLessThan(1e-14);
    expect([...model.namedTensors()].length).toBe(names);
    expect(Object.hasOwn(model.tokens, "forward")).toBe(false);
  });

  test("chooses among calls, and refuses what is not called", async () => {
    using model = new Classifier();
    using one = tensor([[1]], { dtype: "i32" });
    using two = tensor([[2]], { dtype: "i32" });
    const both = (): Tensor => {
      const [a, b] = [one, two].map((ids) => model.tokens.forward(ids));
      return a.sub(b.mul(2)).sum([1, 2]);
    };
    const [second, slope] = await evaluateAll(() => {
      const { embeddings, score } = fromEmbeddings(model.tokens, both, { call: 1 });
      return [apart(embeddings, model.tokens.forward(two)), saliency(score, embeddings, { norm: "max" })];
    });
    expect([second, slope]).toEqual([[0], [2]]);
    expect(() => fromEmbeddings(model.tokens, both, { call: 2 })).toThrow(
      "fromEmbeddings: call 2 of the module was asked for (it is called 2 times)",
    );
    expect(() => fromEmbeddings(model.head, both)).toThrow(
      "call 0 of the module was asked for (it is called 0 times)",
    );
    const { score, embeddings } = fromEmbeddings(model.tokens, both);
    using wide = randn(key, [1, 2, 8]);
    expect(() => tidy(() => score(wide))).toThrow("but for the batch (got");
    embeddings.dispose();
    const plain = new (class extends Module {})();
    expect(() => fromEmbeddings(plain, both)).toThrow("it is called 0 times");
    expect(() => fromEmbeddings(model.tokens, both, { calls: 1 } as object)).toThrow(
      'unknown option "calls"',
    );
  });
});
