import { ArgumentError } from "@saccade/core";
import { evaluate, guardMemory } from "@saccade/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { type SinusoidForm, sinusoidalPositions, sinusoidTable } from "./sinusoidal.ts";

guardMemory({ beforeEach, afterEach });

const cases = goldenCases(new URL("../fixtures/sinusoid.safetensors", import.meta.url));
const forms: Readonly<Record<string, SinusoidForm>> = {
  interleaved: "interleaved",
  concat: "tensor2tensor",
  concat_xl: "transformer-xl",
};

describe("sinusoidalPositions", () => {
  test.each([...cases.values()])("published tables: $name", async (golden) => {
    const form = forms[golden.name.replace(/_\d.*/, "")];
    const { length, dim } = golden.config;
    golden.check("out/pe", await evaluate(() => sinusoidalPositions(Number(length), Number(dim), { form })));
  });

  test("tells one place from another by a rotation that depends on their distance only", () => {
    const width = 8;
    const table = sinusoidTable("test", 40, width);
    const dot = (a: number, b: number): number => {
      let sum = 0;
      for (let d = 0; d < width; d++) sum += table[a * width + d] * table[b * width + d];
      return sum;
    };
    for (const distance of [1, 5, 11]) expect(dot(3, 3 + distance)).toBeCloseTo(dot(20, 20 + distance), 12);
  });

  test("starts where it is told to, with the base it is told", () => {
    const whole = sinusoidTable("test", 10, 6, { base: 50 });
    expect(sinusoidTable("test", 4, 6, { base: 50, start: 6 })).toEqual(whole.slice(36));
    expect(sinusoidTable("test", 3, 2, { base: 50, form: "tensor2tensor" })[2]).toBeCloseTo(Math.sin(1), 14);
    expect(sinusoidTable("test", 2, 4, { base: 50 })[4 + 2]).toBeCloseTo(Math.sin(1 / Math.sqrt(50)), 14);
  });

  test("f64 keeps all digits; no positions are an empty table", async () => {
    const [, second] = await evaluate(() => sinusoidalPositions(2, 2, { dtype: "f64" }).narrow(0, 1, 1));
    expect(second).toBe(Math.cos(1));
    expect(await evaluate(() => sinusoidalPositions(0, 4))).toEqual([]);
  });

  test.each([
    [() => sinusoidalPositions(-1, 4), "length must be a non-negative integer (got -1)"],
    [() => sinusoidalPositions(1.5, 4), "length must be a non-negative integer (got 1.5)"],
    [() => sinusoidalPositions(4, 0), "width must be a positive integer (got 0)"],
    [
      () => sinusoidalPositions(4, 3, { form: "tensor2tensor" }),
      "the tensor2tensor form needs an even width (got 3)",
    ],
    [
      () => sinusoidalPositions(4, 4, { form: "fourier" as SinusoidForm }),
      'unknown form "fourier" (known: interleaved, tensor2tensor, transformer-xl)',
    ],
    [() => sinusoidalPositions(4, 4, { base: 0 }), "base must be positive and finite (got 0)"],
    [() => sinusoidalPositions(4, 4, { start: Number.NaN }), "start must be finite (got NaN)"],
    [
      () => sinusoidalPositions(4, 4, { theta: 1 } as object),
      'unknown option "theta" (known: base, form, start)',
    ],
  ])("errors: %#", (call, message) => {
    expect(call).toThrow(new ArgumentError(`sinusoidalPositions: ${message}`));
  });
});
