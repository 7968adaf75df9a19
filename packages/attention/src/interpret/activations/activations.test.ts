import {
  autocast,
  checkpoint,
  Key,
  randn,
  type Tensor,
  tensor,
  tidy,
  valueAndGrad,
  where,
  zeros,
} from "@saccade/core";
import { Linear, Module } from "@saccade/core/nn";
import { evaluateAll, guardMemory, leftBehind } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AdditiveAttention } from "../../classics/additive-attention.ts";
import { MultiHeadAttention } from "../../multi-head-attention.ts";
import { captureActivations } from "./capture-activations.ts";
import { patchActivations, type Replacement } from "./patch-activations.ts";

guardMemory({ beforeEach, afterEach });

const key = new Key(0);
const apart = (x: Tensor, y: Tensor): Tensor => x.sub(y).abs().amax();

class Layer extends Module {
  readonly own = new MultiHeadAttention({ embedDim: 8, numHeads: 2 }, { key });
  readonly up = new Linear(8, 8, { key: key.fold(1) });
  forward(x: Tensor): Tensor {
    return tidy(() => this.up.forward(this.own.forward(x, { causal: true })).add(x));
  }
}

class Model extends Module {
  readonly layers = [new Layer(), new Layer()];
  readonly look = new AdditiveAttention({ queryDim: 8, keyDim: 8, attentionDim: 4 }, { key: key.fold(3) });
  forward(x: Tensor): Tensor {
    return tidy(() => {
      const h = this.layers.reduce((y, layer) => layer.forward(y), x);
      return this.look.forward(h, h).context.add(h);
    });
  }
}

describe("captureActivations", () => {
  test("has every module's output by its path, heads and parts of records among them", async () => {
    using model = new Model();
    using x = randn(key, [2, 3, 8]);
    const [same, chained, sum, linear] = await evaluateAll(() => {
      const plain = model.forward(x);
      const { result, outputs, inputs } = captureActivations(() => model.forward(x), { model, inputs: true });
      const places = Object.keys(outputs);
      const own = ["queryProjection", "keyProjection", "valueProjection"].map(
        (name) => `layers.0.own.${name}`,
      );
      expect(new Set(places.slice(0, 3))).toEqual(new Set(own));
      expect(places.slice(3, 8)).toEqual([
        "layers.0.own:heads",
        "layers.0.own.outProjection",
        "layers.0.own",
        "layers.0.up",
        "layers.0",
      ]);
      expect(places.slice(-3)).toEqual(["look:context", "look:weights", "model"]);
      expect(outputs["layers.1.own:heads"].shape).toEqual([2, 2, 3, 4]);
      expect(inputs["layers.1"].length).toBe(1);
      return [
        apart(result, plain),
        apart(inputs["layers.1"][0], outputs["layers.0"]),
        outputs["look:weights"].sum(-1),
        apart(model.layers[0].up.forward(inputs["layers.0.up"][0]), outputs["layers.0.up"]),
      ];
    });
    expect([same, chained, linear]).toEqual([[0], [0], [0]]);
    for (const each of sum) expect(each).toBeCloseTo(1, 6);
  });

  test("modules are chosen by place; calls are numbered; nested captures both see", () => {
    using model = new Model();
    using x = randn(key, [1, 3, 8]);
    tidy(() => {
      const names = (modules?: readonly string[] | RegExp): string[] =>
        Object.keys(captureActivations(() => model.forward(model.forward(x)), { model, modules }).outputs);
      expect(names(/^layers\.\d$/)).toEqual(["layers.0", "layers.1", "layers.0#2", "layers.1#2"]);
      expect(names(["layers.0.own:heads"])).toEqual(["layers.0.own:heads", "layers.0.own:heads#2"]);
      const outer = captureActivations(
        () => captureActivations(() => model.forward(x), { model: { a: model.layers } }),
        { model, modules: ["layers.1"] },
      );
      expect(Object.keys(outer.outputs)).toEqual(["layers.1"]);
      expect(Object.keys(outer.result.outputs)).toContain("a.0.own");
    });
    expect(Object.getOwnPropertyNames(model.layers[0])).toEqual(["own", "up"]);
  });

  test("gradients go through activations; in half precision they are halves", async () => {
    using model = new Model();
    using x = randn(key, [1, 3, 8]);
    const [difference] = await evaluateAll(() => {
      const loss = (): Tensor => {
        const { outputs } = captureActivations(() => model.forward(x), { model, modules: ["layers.0"] });
        return outputs["layers.0"].square().sum();
      };
      const { grads } = valueAndGrad(loss, [x]);
      const plain = valueAndGrad(() => model.layers[0].forward(x).square().sum(), [x]);
      const half = autocast({ dtype: "f16" }, () =>
        captureActivations(() => model.forward(x), { model, modules: ["layers.0.up"] }),
      );
      expect(half.outputs["layers.0.up"].dtype).toBe("f16");
      return [apart(grads[0], plain.grads[0])];
    });
    expect(difference).toEqual([0]);
  });

  test("what is not there is refused; whatever happens, nothing is left", async () => {
    using model = new Model();
    using x = zeros([1, 2, 8]);
    const own = Object.getOwnPropertyNames(model);
    const refused = (): void => {
      const capture = (body: () => unknown, options: object = {}): unknown =>
        captureActivations(body, { model, ...options });
      expect(() => capture(() => model.forward(x), { modules: ["layers.2"] })).toThrow(
        "captureActivations: layers.2 did not run (layers.0.own.",
      );
      expect(() => capture(() => model.forward(x), { heads: [0] })).toThrow('unknown option "heads"');
      expect(() => capture(() => model.layers[0].forward(x).matmul(x))).toThrow();
      expect(() => capture(() => Promise.resolve(model.forward(x)))).toThrow("asynchronous");
    };
    expect(await leftBehind(refused)).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
    expect(Object.getOwnPropertyNames(model)).toEqual(own);
  });
});

describe("patchActivations", () => {
  test("all of a layer: what follows is that of the other run; own activations change nothing", async () => {
    using model = new Model();
    using x = randn(key, [2, 3, 8]);
    using y = randn(key.fold(9), [2, 3, 8]);
    const differences = await evaluateAll(() => {
      const clean = captureActivations(() => model.forward(x), { model });
      const run = (body: Tensor, patches: Record<string, Replacement>): Tensor =>
        patchActivations(() => model.forward(body), { model, patches });
      const { outputs } = clean;
      const some = { from: outputs["layers.0.own:heads"], heads: [1], positions: [-1, 0] };
      return [
        apart(run(y, { "layers.1": outputs["layers.1"] }), clean.result),
        apart(run(x, { "layers.0.own": outputs["layers.0.own"], "layers.0.own:heads": some }), clean.result),
        apart(run(y, { "layers.1": (h) => h.mul(0).add(outputs["layers.1"]) }), clean.result),
        apart(run(y, { "look:context": outputs["look:context"] }), model.forward(y)).gt(0),
        apart(run(x, { model: (h) => h.mul(2) }), clean.result.mul(2)),
      ];
    });
    expect(differences).toEqual([[0], [0], [0], [1], [0]]);
  });

  test("positions and heads: these and no others", async () => {
    using model = new Model();
    using x = randn(key, [2, 3, 8]);
    using one = randn(key.fold(5), [1, 3, 8]);
    using heads = randn(key.fold(6), [2, 2, 3, 4]);
    const [rows, changed] = await evaluateAll(() => {
      const { outputs } = captureActivations(() => model.forward(x), { model });
      const patches = {
        "layers.0": { from: one, positions: [1] },
        "layers.1.own:heads": { from: heads, heads: [1], positions: [2] },
      };
      const { outputs: patched } = patchActivations(
        () => captureActivations(() => model.forward(x), { model }),
        { model, patches },
      );
      const rows = where(tensor([[[0], [1], [0]]], { dtype: "u8" }), one, outputs["layers.0"]);
      return [
        apart(patched["layers.0"], rows),
        patched["layers.1.own:heads"].sub(heads).abs().amax([0, 3]).eq(0),
      ];
    });
    expect(rows).toEqual([0]);
    expect(changed).toEqual([0, 0, 0, 0, 0, 1]);
  });

  test("gradients go to what replaces", async () => {
    using model = new Model();
    using x = randn(key, [1, 3, 8]);
    using h = randn(key.fold(5), [1, 3, 8]);
    const [ofReplaced, ofReplacing] = await evaluateAll(() => {
      const loss = (): Tensor =>
        patchActivations(() => model.layers[1].forward(model.layers[0].forward(x)), {
          model,
          patches: { "layers.0": { from: h, positions: [0, 2] } },
        }).sum();
      const { grads } = valueAndGrad(loss, [x, h]);
      return grads.map((grad) => grad.abs().amax([0, 2]).gt(0));
    });
    expect(ofReplacing).toEqual([1, 0, 1]);
    expect(ofReplaced).toEqual([1, 1, 0]); // through position 1, which is not replaced
  });

  test("what checkpoint computes again is patched, too", async () => {
    using model = new Model();
    using x = randn(key, [1, 3, 8]);
    using h = randn(key.fold(5), [1, 3, 8]);
    const [difference] = await evaluateAll(() => {
      const patches = { "layers.0.up": { from: h, positions: [1] } };
      const gradient = (run: (x: Tensor) => Tensor): Tensor =>
        patchActivations(() => valueAndGrad(() => run(x).square().sum(), [x]).grads[0], { model, patches });
      const run = (y: Tensor): Tensor => model.forward(y);
      return [
        apart(
          gradient((y) => checkpoint(run, y)),
          gradient(run),
        ),
      ];
    });
    expect(difference).toEqual([0]);
  });

  test("a name without a number is every call, one with a number that call", async () => {
    using layer = new Linear(2, 2, { key });
    using x = zeros([1, 2]);
    const results = await evaluateAll(() => {
      const run = (patches: Record<string, Replacement>): Tensor =>
        patchActivations(() => layer.forward(x).sum().add(layer.forward(x).sum().mul(10)), {
          model: { layer },
          patches,
        });
      return [
        run({ layer: x.add(1) }),
        run({ "layer#2": x.add(1), layer: x }),
        run({ "layer#1": x.add(1), layer: x }),
      ];
    });
    expect(results).toEqual([[22], [20], [2]]);
  });

  test("what does not fit is refused, and nothing is left", async () => {
    using model = new Model();
    using x = zeros([1, 2, 8]);
    const own = Object.getOwnPropertyNames(model.layers[0]);
    const refused = (): void => {
      const run = (patches: object): unknown =>
        patchActivations(() => model.forward(x), { model, patches: patches as Record<string, Replacement> });
      expect(() => run({ "layers.2": x })).toThrow("patchActivations: layers.2 did not run (");
      expect(() => run({ "layers.0#2": x })).toThrow("patchActivations: layers.0#2 did not run");
      expect(() => run({ "layers.0": zeros([1, 3, 8]) })).toThrow(/layers\.0 is tensor \d+ f32 \[1,2,8\]/);
      expect(() => run({ "layers.0": { from: x, positions: [2] } })).toThrow(
        "positions of layers.0 are integers from -2 to 1 (got 2)",
      );
      expect(() => run({ "layers.0": { from: x, heads: [0] } })).toThrow("layers.0 has no heads");
      expect(() => run({ "layers.0": { from: x, rows: [0] } })).toThrow('unknown option "rows"');
    };
    expect(await leftBehind(() => tidy(refused))).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
    expect(Object.getOwnPropertyNames(model.layers[0])).toEqual(own);
  });
});
