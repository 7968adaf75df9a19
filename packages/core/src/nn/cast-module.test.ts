import { afterEach, beforeEach, expect, test } from "vitest";
import type { Backend, DType } from "../backend.ts";
import { Key, ones, setBackend, zeros } from "../index.ts";
import { createReferenceBackend } from "../reference/index.ts";
import { guardMemory } from "../testing/index.ts";
import { BatchNorm, castModule, Linear, Module, Parameter } from "./index.ts";

guardMemory({ beforeEach, afterEach });
const reference = createReferenceBackend();
setBackend(reference);

class Model extends Module {
  readonly layers = [
    new Linear(2, 2, { key: new Key(0) }),
    new Linear(2, 2, { key: new Key(1), bias: false }),
  ];
  readonly named = { norm: new BatchNorm(2) };
  /** Tied to the first layer. */
  readonly head = { weight: this.layers[0].weight };
}

test("casts parameters and buffers, and keeps ties", async () => {
  const model = new Model();
  const { weight } = model.layers[0];
  const before = await weight.array();
  const names = Object.keys(model.stateDict());
  expect(castModule(model, "f16")).toBe(model);
  expect(Object.keys(model.stateDict())).toEqual(names);
  for (const [name, tensor] of Object.entries(model.stateDict())) {
    expect([name, tensor.dtype]).toEqual([name, "f16"]);
  }
  expect(model.head.weight).toBe(model.layers[0].weight);
  expect(model.layers[0].weight).toBeInstanceOf(Parameter);
  expect(weight.isDisposed).toBe(true);
  expect(await model.layers[0].weight.array()).not.toEqual(before);
  castModule(model, "f32");
  expect(model.layers[0].weight.dtype).toBe("f32");
  model.dispose();
});

test("a model in f16 computes in f16", async () => {
  const layer = castModule(
    new Linear(4, 2, {
      key: new Key(0),
      weightInit: (_, shape, at) => ones(shape, at),
      biasInit: (_, shape, at) => zeros(shape, at),
    }),
    "f16",
  );
  using x = ones([1, 4], { dtype: "f16" });
  using y = layer.forward(x);
  expect(y.dtype).toBe("f16");
  expect(await y.array()).toEqual([[4, 4]]);
  layer.dispose();
});

test("changes nothing where it cannot", () => {
  const without: Backend = { ...reference, name: "plain", dtypes: new Set<DType>(["f32", "i32", "u8"]) };
  const layer = new Linear(2, 2, { key: new Key(0), backend: without });
  expect(() => castModule(layer, "f16")).toThrow("the plain backend has no f16");
  expect(layer.weight.dtype).toBe("f32");
  expect(() => castModule(layer, "i32")).toThrow("the dtype must be float (got i32)");
  layer.dispose();
});
