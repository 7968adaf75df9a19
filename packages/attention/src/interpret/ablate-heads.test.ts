import { Key, randn, type Tensor, tensor, tidy, valueAndGrad } from "@saccade/core";
import { castModule, Module } from "@saccade/core/nn";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MultiHeadAttention } from "../multi-head-attention.ts";
import { attention } from "../scaled-dot-product/attention.ts";
import { ablateHeads } from "./ablate-heads.ts";
import { headAblation, pruningOrder } from "./head-ablation.ts";
import type { RunProgress } from "./run-progress.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const apart = (x: Tensor, y: Tensor): Tensor => x.sub(y).abs().amax();

class Model extends Module {
  readonly layers = [0, 1].map(
    (i) => new MultiHeadAttention({ embedDim: 8, numHeads: 2 + 2 * i }, { key: key.fold(i) }),
  );
  forward(x: Tensor): Tensor {
    return tidy(() => this.layers.reduce((h, layer) => h.add(layer.forward(h)), x));
  }
}

/** Multi-head self-attention whose heads are multiplied by factors, and added to. */
function byHand(layer: MultiHeadAttention, x: Tensor, factors: readonly number[], means: boolean): Tensor {
  const H = factors.length;
  const { queryProjection, keyProjection, valueProjection, outProjection } = layer;
  const [q, k, v] = [queryProjection, keyProjection, valueProjection].map((projection) =>
    projection
      .forward(x)
      .reshape([x.shape[0], x.shape[1], H, 8 / H])
      .permute([0, 2, 1, 3]),
  );
  const out = attention(q, k, v);
  const keep = tensor(Float64Array.from(factors), { shape: [1, H, 1, 1] });
  const kept = out.mul(keep);
  const all = means ? kept.add(out.mean([0, 2], { keepDims: true }).mul(keep.neg().add(1))) : kept;
  return outProjection.forward(all.permute([0, 2, 1, 3]).reshape(x.shape));
}

describe("ablateHeads", () => {
  test("heads are zero, or their mean, and nothing else changes", async () => {
    using model = castModule(new Model(), "f64");
    using x = randn(key.fold(9), [2, 3, 8], { dtype: "f64" });
    const differences = await evaluateAll(() => {
      const expected = (means: boolean): Tensor => {
        const h = x.add(byHand(model.layers[0], x, [1, 0], means));
        return h.add(byHand(model.layers[1], h, [0, 1, 1, 0], means));
      };
      const heads = { "layers.0": [1], "layers.1": [0, 3] };
      const run = (options = {}): Tensor => ablateHeads(model, heads, () => model.forward(x), options);
      return [
        apart(run(), expected(false)),
        apart(run({ replacement: "mean" }), expected(true)),
        apart(
          ablateHeads(model, { "layers.0": [] }, () => model.forward(x)),
          model.forward(x),
        ),
        apart(
          valueAndGrad(() => run({ replacement: "mean" }).tanh().sum(), [x]).grads[0],
          valueAndGrad(() => expected(true).tanh().sum(), [x]).grads[0],
        ),
      ];
    });
    for (const [difference] of differences) expect(difference).toBeLessThan(1e-13);
  });

  test("what a head gives is gone also where it is NaN", async () => {
    using q = tensor([[[[Number.NaN]], [[1]]]]);
    using v = tensor([[[[3]], [[2]]]]);
    const [out] = await evaluateAll(() => [ablateHeads({}, { attention: [0] }, () => attention(q, v, v))]);
    expect(out).toEqual([0, 2]);
  });

  test("refuses what is not there", () => {
    using model = new Model();
    using x = randn(key.fold(9), [1, 3, 8]);
    using none = randn(key, [1, 0, 8]);
    const run = (heads: Record<string, number[]>, options = {}, input = x): unknown =>
      ablateHeads(model, heads, () => model.forward(input), options);
    expect(() => run({ "layers.2": [0] })).toThrow(
      "ablateHeads: layers.2 did not attend (layers.0, layers.1 did)",
    );
    expect(() => run({ "layers.0": [2] })).toThrow("heads of layers.0 are integers from 0 to 1 (got 2)");
    expect(() => run({}, { replacement: "noise" })).toThrow(
      'replacement must be "zero" or "mean" (got noise)',
    );
    expect(() => run({}, { mean: true })).toThrow('ablateHeads: unknown option "mean"');
    expect(() => run({ "layers.0": [0] }, { replacement: "mean" }, none)).toThrow("layers.0 has no queries");
  });
});

describe("headAblation and pruningOrder", () => {
  test("the table is the losses without each head; the order takes the least each time", async () => {
    using model = new Model();
    using x = randn(key.fold(9), [2, 3, 8]);
    using wanted = randn(key.fold(8), [2, 3, 8]);
    const loss = (): Tensor => model.forward(x).sub(wanted).square().mean();
    const without = async (heads: Record<string, number[]>, options = {}): Promise<number> => {
      const [[value]] = await evaluateAll(() => [ablateHeads(model, heads, loss, options)]);
      return value;
    };
    const table = await headAblation(model, loss, { replacement: "mean" });
    expect(table.loss).toBe(await without({}));
    const names = table.heads.map(({ path, head }) => `${path}/${head}`);
    expect(names).toEqual([
      "layers.0/0",
      "layers.0/1",
      "layers.1/0",
      "layers.1/1",
      "layers.1/2",
      "layers.1/3",
    ]);
    for (const one of table.heads) {
      expect(one.loss).toBe(await without({ [one.path]: [one.head] }, { replacement: "mean" }));
    }
    const order = await pruningOrder(model, loss);
    expect(order.length).toBe(6);
    const gone: Record<string, number[]> = { "layers.0": [], "layers.1": [] };
    for (const step of order) {
      const losses: number[] = [];
      for (const [path, H] of [
        ["layers.0", 2],
        ["layers.1", 4],
      ] as const) {
        for (let head = 0; head < H; head++) {
          if (gone[path].includes(head)) continue;
          losses.push(await without({ ...gone, [path]: [...gone[path], head] }));
        }
      }
      expect(step.loss).toBe(Math.min(...losses));
      gone[step.path].push(step.head);
      expect(step.loss).toBe(await without(gone));
    }
    expect(await pruningOrder(model, loss, { count: 2 })).toEqual(order.slice(0, 2));
  });

  test("tell behind each run how far they are", async () => {
    using model = new Model();
    using x = randn(key.fold(9), [1, 2, 8]);
    const runs = { count: 0 };
    const loss = (): Tensor => {
      runs.count++;
      return model.forward(x).sum();
    };
    const told = async (go: (onProgress: (progress: RunProgress) => void) => unknown): Promise<void> => {
      const seen: RunProgress[] = [];
      runs.count = 0;
      await go((progress) => {
        expect(progress.done).toBe(runs.count);
        seen.push(progress);
      });
      expect(seen).toEqual(seen.map((_, i) => ({ done: i + 1, total: seen.length })));
      expect(runs.count).toBe(seen.length);
    };
    await told((onProgress) => headAblation(model, loss, { onProgress }));
    expect(runs.count).toBe(7);
    await told((onProgress) => pruningOrder(model, loss, { onProgress, replacement: "mean" }));
    expect(runs.count).toBe(22);
    await told((onProgress) => pruningOrder(model, loss, { onProgress, count: 2 }));
    expect(runs.count).toBe(12);
    await expect(headAblation(model, loss, { onProgress: 1 } as object)).rejects.toThrow(
      "headAblation: onProgress must be a function (got 1)",
    );
  });

  test("refuses what is out of range", async () => {
    using model = new Model();
    using x = randn(key.fold(9), [1, 2, 8]);
    const loss = (): Tensor => model.forward(x).sum();
    await expect(pruningOrder(model, loss, { count: 7 })).rejects.toThrow(
      "count must be an integer from 0 to 6 (got 7)",
    );
    await expect(headAblation(model, loss, { count: 1 } as object)).rejects.toThrow('unknown option "count"');
    await expect(headAblation(model, loss, { replacement: "no" as "zero" })).rejects.toThrow(
      "headAblation: replacement",
    );
    using other = new Model();
    await expect(headAblation(other, loss)).rejects.toThrow(
      "headAblation: no module of the model called attention",
    );
    await expect(pruningOrder(other, loss)).rejects.toThrow(
      "pruningOrder: no module of the model called attention",
    );
  });
});
