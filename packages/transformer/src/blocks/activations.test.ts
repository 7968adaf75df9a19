import { ArgumentError, tensor } from "@saccade/core";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { activations, requireActivation } from "./activations.ts";

guardMemory({ beforeEach, afterEach });

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** Each at 1. */
const atOne: { readonly [N in keyof typeof activations]: number } = {
  gelu: 0.8413447,
  geluTanh: 0.841192,
  quickGelu: sigmoid(1.702),
  relu: 1,
  sigmoid: sigmoid(1),
  silu: sigmoid(1),
  tanh: Math.tanh(1),
};

describe("activations", () => {
  test("are what their names say", async () => {
    for (const [name, expected] of Object.entries(atOne)) {
      requireActivation("f", name);
      const [value] = await evaluate(() => activations[name as keyof typeof activations](tensor([1])));
      expect(value, name).toBeCloseTo(expected, 6);
    }
  });

  test("others are refused", () => {
    expect(() => requireActivation("f", "swish")).toThrow(
      new ArgumentError(
        'f: unknown activation "swish" (known: gelu, geluTanh, quickGelu, relu, sigmoid, silu, tanh)',
      ),
    );
  });
});
