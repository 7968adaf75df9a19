import { describe, expect, test } from "vitest";
import { unaryFunctions as f } from "./unary.ts";

const at = (name: keyof typeof f, x: number, a = 0, b = 0): number => f[name](x, a, b);

describe("the rows of the unary table", () => {
  test("halves round to even, and -0 stays", () => {
    expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4, -0.2].map((x) => at("round", x))).toEqual([
      -2, -2, -0, 0, 2, 2, 2, -0,
    ]);
  });

  test("clamp and relu let NaN pass", () => {
    expect(at("clamp", Number.NaN, -1, 1)).toBeNaN();
    expect(at("relu", Number.NaN)).toBeNaN();
    expect(at("clamp", -0, -1, 1)).toBe(-0);
    expect([-3, 0, 3, Number.NaN].map((x) => at("clamp", x, 1, -1))).toEqual([-1, -1, -1, Number.NaN]);
  });

  test("nothing overflows", () => {
    expect(at("sigmoid", -1000)).toBe(0);
    expect(at("sigmoid", 1000)).toBe(1);
    expect(at("softplus", 1000, 1, 2000)).toBe(1000);
    expect(at("logSigmoid", -1000)).toBe(-1000);
    expect(at("tanh", 1000)).toBe(1);
  });

  test("infinities as PyTorch has them", () => {
    expect(at("gelu", Number.NEGATIVE_INFINITY)).toBe(0);
    expect(at("silu", Number.NEGATIVE_INFINITY)).toBeNaN();
    expect(at("silu", Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(at("elu", Number.NEGATIVE_INFINITY, 1.5)).toBe(-1.5);
  });

  test("softplus is the identity behind its threshold", () => {
    expect(at("softplus", 21, 1, 20)).toBe(21);
    expect(at("softplus", 0, 2, 20)).toBeCloseTo(Math.LN2 / 2, 12);
  });

  test("the two forms of GELU differ by what is known", () => {
    expect(at("gelu", 1)).toBeCloseTo(0.8413447460685429, 12);
    expect(at("geluTanh", 1)).toBeCloseTo(0.8411919906082768, 12);
    expect(at("quickGelu", 1)).toBeCloseTo(1 / (1 + Math.exp(-1.702)), 12);
  });
});
