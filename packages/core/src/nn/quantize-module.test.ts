import { afterEach, beforeEach, expect, test } from "vitest";
import { ArgumentError, Key, randn } from "../index.ts";
import { evaluate, guardMemory } from "../testing/index.ts";
import { LayerNorm, Linear, Module, QuantizedLinear, quantizeModule } from "./index.ts";

guardMemory({ beforeEach, afterEach });

class Model extends Module {
  readonly layers = [
    new Linear(32, 64, { key: new Key(0) }),
    new Linear(64, 6, { key: new Key(1), bias: false }),
  ];
  readonly named = { odd: new Linear(6, 6, { key: new Key(2) }), norm: new LayerNorm(6) };
  /** The same layer twice, and its weight alone. */
  readonly again = this.layers[1];
  readonly tied = { weight: this.layers[0].weight };
}

test("replaces linear layers, keeps ties, says what it left", async () => {
  const model = new Model();
  const [first, second] = model.layers;
  const x = randn(new Key(3), [2, 32]);
  const before = first.forward(x);
  const report = quantizeModule(model, { bits: 8 });
  expect(report).toEqual({ quantized: ["layers.0", "layers.1", "again"], left: ["named.odd"] });
  expect(model.layers[0]).toBeInstanceOf(QuantizedLinear);
  expect(model.again).toBe(model.layers[1]);
  expect(first.weight.isDisposed).toBe(false); // tied
  expect(second.weight.isDisposed).toBe(true);
  expect(Object.keys(model.stateDict()).slice(0, 3)).toEqual([
    "layers.0.codes",
    "layers.0.scales",
    "layers.0.bias",
  ]);
  const after = model.layers[0].forward(x);
  const [difference] = await evaluate(() => after.sub(before).abs().amax());
  expect(difference).toBeGreaterThan(0);
  expect(difference).toBeLessThan(0.02);
  for (const each of [x, before, after]) each.dispose();
  model.dispose();
});

test("a linear layer has no place in a tree of its own", () => {
  using layer = new Linear(32, 2, { key: new Key(0) });
  expect(() => quantizeModule(layer, { bits: 4 })).toThrow(ArgumentError);
});

test("a quantized layer applies the activation that it is called with", async () => {
  using layer = new Linear(32, 4, { key: new Key(0) });
  using quantized = new QuantizedLinear(layer, { bits: 8 });
  const x = randn(new Key(1), [3, 32]);
  const [worst] = await evaluate(() => {
    const activated = quantized.forward(x, { activation: "gelu" });
    return activated.sub(quantized.forward(x).gelu()).abs().amax();
  });
  expect(worst).toBe(0);
  x.dispose();
});
