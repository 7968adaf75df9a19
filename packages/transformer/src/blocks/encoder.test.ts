import { ArgumentError, Key, memory, randn, tensor, valueAndGrad, zeros } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TransformerEncoder, TransformerEncoderLayer } from "./encoder.ts";
import type { StackConfig } from "./layer-config.ts";

guardMemory({ beforeEach, afterEach });

const config = { embedDim: 8, numHeads: 2, feedForwardDim: 12 };
const makeStack = (more: Partial<StackConfig> = {}): TransformerEncoder =>
  new TransformerEncoder({ ...config, numLayers: 2, ...more }, { key: new Key(0) });

describe("TransformerEncoderLayer", () => {
  test("sees both ways, or back only where it is causal", async () => {
    using layer = new TransformerEncoderLayer(config, { key: new Key(0) });
    using x = randn(new Key(1), [1, 4, 8]);
    using y = randn(new Key(2), [1, 4, 8]);
    const outputs = await evaluateAll(() => {
      const changed = x.narrow(1, 0, 3);
      const other = tensor([[[0], [0], [0], [1]]])
        .mul(y)
        .add(x); // another last element
      return [
        layer.forward(x),
        layer.forward(other),
        layer.forward(x, { causal: true }),
        layer.forward(other, { causal: true }),
        layer.forward(changed, { causal: true }),
      ];
    });
    const [plain, plainOther, causal, causalOther, shorter] = outputs.map((values) => values.slice(0, 24));
    expect(plainOther).not.toEqual(plain);
    expect(causalOther).toEqual(causal);
    expect(shorter).toEqual(causal);
  });

  test("a padding mask hides elements from all; a bias shifts scores", async () => {
    using layer = new TransformerEncoderLayer(config, { key: new Key(0) });
    using x = randn(new Key(1), [1, 4, 8]);
    using mask = tensor(Uint8Array.of(1, 1, 1, 0), { shape: [1, 1, 1, 4] });
    using bias = tensor([0, 0, 0, Number.NEGATIVE_INFINITY]);
    const [masked, biased, alone] = await evaluateAll(() => [
      layer.forward(x, { mask }).narrow(1, 0, 3),
      layer.forward(x, { bias }).narrow(1, 0, 3),
      layer.forward(x.narrow(1, 0, 3)),
    ]);
    for (const [i, value] of alone.entries()) {
      expect(masked[i]).toBeCloseTo(value, 6);
      expect(biased[i]).toBeCloseTo(value, 6);
    }
  });

  test("drops out if and only if it gets a key", async () => {
    using layer = new TransformerEncoderLayer({ ...config, dropout: 0.2 }, { key: new Key(0) });
    using x = randn(new Key(1), [1, 4, 8]);
    const [plain, again, dropped, same, other] = await evaluateAll(() => [
      layer.forward(x),
      layer.forward(x),
      layer.forward(x, { key: new Key(1) }),
      layer.forward(x, { key: new Key(1) }),
      layer.forward(x, { key: new Key(2) }),
    ]);
    expect(again).toEqual(plain);
    expect(same).toEqual(dropped);
    expect(dropped).not.toEqual(plain);
    expect(other).not.toEqual(dropped);
  });

  test("the hidden width is 4 D unless told otherwise; biases can be off", () => {
    using layer = new TransformerEncoderLayer({ embedDim: 8, numHeads: 2, bias: false }, { key: new Key(0) });
    expect(layer.feedForward.linear1.weight.shape).toEqual([32, 8]);
    expect(Object.keys(layer.stateDict()).filter((name) => name.endsWith("bias"))).toEqual([]);
  });

  test("outside of any scope, only the result lives", () => {
    using layer = new TransformerEncoderLayer(config, { key: new Key(0) });
    using x = zeros([2, 3, 8]);
    const before = memory().tensors;
    using _ = layer.forward(x, { causal: true });
    expect(memory().tensors).toBe(before + 1);
  });

  test("refuses unknown options and configs", () => {
    using layer = new TransformerEncoderLayer(config, { key: new Key(0) });
    using x = zeros([1, 2, 8]);
    expect(() => layer.forward(x, { isCausal: true } as object)).toThrow(
      new ArgumentError(
        'TransformerEncoderLayer: unknown option "isCausal" (known: bias, cache, causal, cuSeqlens, key, lengths, mask, rotaryTables)',
      ),
    );
    expect(() => new TransformerEncoderLayer({ embedDim: 8, numHeads: 3 }, { key: new Key(0) })).toThrow(
      new ArgumentError("TransformerEncoderLayer: embedDim 8 is not a multiple of numHeads 3"),
    );
  });
});

describe("TransformerEncoder", () => {
  test("is its layers, one behind the other, and a last norm", async () => {
    using stack = makeStack({ normFirst: true });
    using x = randn(new Key(1), [2, 3, 8]);
    const [got, expected] = await evaluateAll(() => [
      stack.forward(x, { causal: true }),
      stack.norm?.forward(
        stack.layers[1].forward(stack.layers[0].forward(x, { causal: true }), { causal: true }),
      ) ?? x,
    ]);
    expect(got).toEqual(expected);
  });

  test("has a last norm where layers normalise first, or where it is told", () => {
    for (const [more, expected] of [
      [{}, false],
      [{ normFirst: true }, true],
      [{ finalNorm: true }, true],
      [{ normFirst: true, finalNorm: false }, false],
    ] as const) {
      using stack = makeStack(more);
      expect(stack.norm !== null).toBe(expected);
    }
  });

  test("layers begin with weights of their own, and drop out on their own", async () => {
    using stack = makeStack({ dropout: 0.5, bias: false });
    const [first, second] = await evaluateAll(() =>
      stack.layers.map((layer) => layer.selfAttention.queryProjection.weight),
    );
    expect(first).not.toEqual(second);
    stack.layers[1].loadStateDict(stack.layers[0].stateDict());
    using x = randn(new Key(1), [1, 3, 8]);
    const key = new Key(3);
    const [whole, sameKeyTwice] = await evaluateAll(() => [
      stack.forward(x, { key }),
      stack.layers[1].forward(stack.layers[0].forward(x, { key: key.fold(0) }), { key: key.fold(0) }),
    ]);
    expect(whole).not.toEqual(sameKeyTwice);
  });

  test("every parameter gets a gradient", async () => {
    using stack = makeStack({ normFirst: true });
    using x = randn(new Key(1), [2, 3, 8]);
    using direction = randn(new Key(2), [2, 3, 8]);
    using result = valueAndGrad(() => stack.forward(x).mul(direction).sum(), stack.parameters());
    const names = Array.from(stack.namedParameters(), ([name]) => name);
    const largest = await evaluateAll(() => result.grads.map((gradient) => gradient.abs().amax()));
    for (const [i, [size]] of largest.entries()) {
      if (!names[i].endsWith("keyProjection.bias")) expect(size, names[i]).toBeGreaterThan(1e-4);
    }
  });

  test("refuses unknown options and configs", () => {
    using stack = makeStack();
    using x = zeros([1, 2, 8]);
    expect(() => stack.forward(x, { padding: null } as object)).toThrow(/unknown option "padding"/);
    expect(() => makeStack({ numLayers: 0 })).toThrow(
      new ArgumentError("TransformerEncoder: numLayers must be a positive integer (got 0)"),
    );
  });
});
