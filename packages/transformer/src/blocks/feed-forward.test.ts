import { ArgumentError, gelu, Key, linear, memory, ones, randn, relu, zeros } from "@saccade/core";
import { evaluateAll, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { activations } from "./activations.ts";
import { FeedForward, type FeedForwardConfig } from "./feed-forward.ts";

guardMemory({ beforeEach, afterEach });

const make = (config: Partial<FeedForwardConfig> = {}): FeedForward =>
  new FeedForward({ embedDim: 3, hiddenDim: 5, ...config }, { key: new Key(0) });

describe("FeedForward", () => {
  test.each([
    [undefined, relu],
    ["gelu", gelu],
  ] as const)("act(x W_1 + b_1) W_2 + b_2, act %s", async (activation, act) => {
    using ff = make(activation ? { activation } : {});
    using x = randn(new Key(1), [2, 4, 3]);
    const [got, expected] = await evaluateAll(() => {
      const hidden = act(linear(x, ff.linear1.weight, ff.linear1.bias));
      return [ff.forward(x), linear(hidden, ff.linear2.weight, ff.linear2.bias)];
    });
    expect(got).toEqual(expected);
  });

  test("every activation that the type names", async () => {
    for (const activation of Object.keys(activations) as (keyof typeof activations)[]) {
      using ff = make({ activation });
      using x = ones([1, 3]);
      using y = ff.forward(x);
      expect(y.shape).toEqual([1, 3]);
    }
  });

  test("drops hidden units if and only if it gets a key", async () => {
    using ff = make({ dropout: 0.5 });
    using x = randn(new Key(1), [8, 3]);
    const [plain, again, dropped] = await evaluateAll(() => [
      ff.forward(x),
      ff.forward(x),
      ff.forward(x, { key: new Key(1) }),
    ]);
    expect(again).toEqual(plain);
    expect(dropped).not.toEqual(plain);
  });

  test("outside of any scope, only the result lives", () => {
    using ff = make({ dropout: 0.5 });
    using x = zeros([2, 3]);
    const before = memory().tensors;
    using y = ff.forward(x, { key: new Key(1) });
    expect(memory().tensors).toBe(before + 1);
    expect(y.shape).toEqual([2, 3]);
  });

  test("no biases where they are off", () => {
    using ff = make({ bias: false });
    expect(Object.keys(ff.stateDict())).toEqual(["linear1.weight", "linear2.weight"]);
  });

  test.each<[object, string]>([
    [{ embedDim: 0 }, "embedDim must be a positive integer (got 0)"],
    [{ hiddenDim: 2.5 }, "hiddenDim must be a positive integer (got 2.5)"],
    [{ dropout: -0.1 }, "dropout must be in [0, 1) (got -0.1)"],
    [
      { activation: "toString" },
      'unknown activation "toString" (known: gelu, geluTanh, quickGelu, relu, sigmoid, silu, tanh)',
    ],
    [{ width: 3 }, 'unknown option "width" (known: activation, bias, dropout, embedDim, hiddenDim)'],
  ])("%j is refused", (config, message) => {
    expect(() => make(config)).toThrow(new ArgumentError(`FeedForward: ${message}`));
  });
});
