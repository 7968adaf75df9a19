import { describe, expect, test } from "vitest";
import { requireDropout, requireKnown, requirePositiveInteger } from "./arguments.ts";
import { ArgumentError } from "./errors.ts";

describe("arguments", () => {
  test("known options pass, unknown ones are named", () => {
    const names = { beta: true, alpha: true } as const;
    requireKnown("f", {}, names);
    requireKnown<{ alpha?: number; beta?: number }>("f", { alpha: 1 }, names);
    const given = JSON.parse('{ "toString": 1 }') as { alpha?: number; beta?: number };
    expect(() => requireKnown("f", given, names)).toThrow(
      new ArgumentError('f: unknown option "toString" (known: alpha, beta)'),
    );
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("%s is no positive integer", (value) => {
    expect(() => requirePositiveInteger("f", "heads", value)).toThrow(
      new ArgumentError(`f: heads must be a positive integer (got ${value})`),
    );
  });

  test.each([-0.1, 1, Number.NaN])("%s is no probability of dropping", (value) => {
    expect(() => requireDropout("f", "dropout", value)).toThrow(
      new ArgumentError(`f: dropout must be in [0, 1) (got ${value})`),
    );
  });

  test("what is in range passes", () => {
    requirePositiveInteger("f", "heads", 1);
    requireDropout("f", "dropout", 0);
    requireDropout("f", "dropout", 0.999);
  });
});
