import { detach, Key, randn, type Tensor, tensor, tidy } from "@saccade/core";
import { castModule, Module } from "@saccade/core/nn";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MultiHeadAttention } from "../multi-head-attention.ts";
import { withAttentionHook } from "../scaled-dot-product/attention-hooks.ts";
import { headImportance } from "./head-importance.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);

class Model extends Module {
  readonly first = new MultiHeadAttention({ embedDim: 8, numHeads: 4, dropout: 0.3 }, { key });
  readonly second = new MultiHeadAttention({ embedDim: 8, numHeads: 2 }, { key: key.fold(1) });
  /** The second attends twice. */
  loss(x: Tensor, dropoutKey?: Key): Tensor {
    return tidy(() => {
      const h = x.add(this.first.forward(x, { key: dropoutKey }));
      const twice = this.second.forward(this.second.forward(h).tanh());
      return h.add(twice).tanh().pow(3).sum();
    });
  }
}

/** The derivative of the loss by a factor before one head, by differences: for each example. */
function byDifferences(model: Model, x: Tensor, module: object, head: number, dropoutKey?: Key): Tensor[] {
  const eps = 1e-5;
  const at = (factor: number, example: Tensor): Tensor =>
    withAttentionHook(
      ({ owner, out }) => {
        if (owner !== module) return out;
        const [, H] = out.shape;
        const factors = Array.from({ length: H }, (_, h) => (h === head ? factor : 1));
        return out.mul(tensor(Float64Array.from(factors), { shape: [1, H, 1, 1] }));
      },
      () => model.loss(example, dropoutKey),
    );
  return Array.from({ length: x.shape[0] }, (_, b) => {
    const example = x.narrow(0, b, 1);
    return at(1 + eps, example)
      .sub(at(1 - eps, example))
      .div(2 * eps)
      .abs();
  });
}

test("is the mean over examples of the derivative by a factor, of every batch and every call", async () => {
  using model = castModule(new Model(), "f64");
  using x = randn(key.fold(2), [2, 3, 8], { dtype: "f64" });
  using y = randn(key.fold(3), [3, 5, 8], { dtype: "f64" });
  const [first, second, some, unit, ...expected] = await evaluateAll(() => {
    const all = headImportance(model, [x, y], (batch) => model.loss(batch));
    expect(Object.keys(all).sort()).toEqual(["first", "second"]);
    const chosen = headImportance(model, [x, y], (batch) => model.loss(batch), { modules: ["second"] });
    expect(Object.keys(chosen)).toEqual(["second"]);
    const normal = headImportance(model, new Set([x, y]), (batch) => model.loss(batch), { normalize: true });
    const differences = [model.first, model.second].flatMap((module) =>
      Array.from({ length: module === model.first ? 4 : 2 }, (_, head) =>
        [x, y]
          .flatMap((batch) => byDifferences(model, batch, module, head))
          .reduce((total, one) => total.add(one))
          .div(5),
      ),
    );
    return [all.first, all.second, chosen.second, normal.first, ...differences];
  });
  const wanted = expected.flat();
  for (const [i, value] of [...first, ...second].entries()) expect(value / wanted[i]).toBeCloseTo(1, 6);
  expect(some).toEqual(second);
  const length = Math.hypot(...first);
  for (const [i, value] of unit.entries()) expect(value).toBeCloseTo(first[i] / length, 12);
});

test("dropout is part of the loss; a module that changes nothing has no importance, normalised or not", async () => {
  using model = castModule(new Model(), "f64");
  using x = randn(key.fold(2), [1, 3, 8], { dtype: "f64" });
  const [dropped, zero, ...expected] = await evaluateAll(() => {
    const found = headImportance(model, [x], (batch) => model.loss(batch, key));
    const none = headImportance(model.first, [x], (batch) => detach(model.first.forward(batch)).sum(), {
      normalize: true,
    });
    return [
      found.first,
      none.attention,
      ...[0, 1, 2, 3].map((h) => byDifferences(model, x, model.first, h, key)[0]),
    ];
  });
  for (const [i, value] of expected.flat().entries()) expect(dropped[i]).toBeCloseTo(value, 8);
  expect(zero).toEqual([0, 0, 0, 0]);
});

test("refuses what is not there, and leaves nothing", () => {
  using model = new Model();
  using x = randn(key.fold(2), [1, 3, 8]);
  const loss = (batch: Tensor): Tensor => model.loss(batch);
  expect(() => headImportance(model, [], loss)).toThrow(
    "headImportance: needs one batch at least (got none)",
  );
  expect(() => headImportance(model, [x], loss, { modules: ["third"] })).toThrow(
    "headImportance: third did not attend (first, second did)",
  );
  expect(() => headImportance(model, [x], loss, { heads: [1] } as object)).toThrow('unknown option "heads"');
  using scalar = x.sum();
  expect(() => headImportance(model, [x, scalar], loss)).toThrow("sequences must be");
  using other = new Model();
  expect(() => headImportance(other, [x], loss)).toThrow(
    "headImportance: no module of the model called attention (mechanisms that compute weights themselves have maps, but",
  );
});
