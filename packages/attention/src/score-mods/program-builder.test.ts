import { describe, expect, test } from "vitest";
import { ProgramBuilder } from "./program-builder.ts";

describe("a program", () => {
  test("has each step once, and only what its results need", () => {
    const p = new ProgramBuilder();
    const [k, q] = [p.source("key"), p.source("place")];
    p.unary("exp", k);
    const distance = p.binary("sub", q, k);
    expect(p.binary("sub", p.source("place"), p.source("key"))).toBe(distance);
    const built = p.build([p.unary("abs", distance)]);
    expect(built.key).toBe("key;place;sub 1 0;abs 2|3");
    expect(built.steps).toEqual([
      { op: "key" },
      { op: "place" },
      { op: "sub", a: 1, b: 0 },
      { op: "abs", x: 2 },
    ]);
  });

  test("goes on from another, whose steps keep their numbers", () => {
    const first = new ProgramBuilder();
    const built = first.build([first.unary("tanh", first.source("score"))]);
    const p = new ProgramBuilder(built.steps);
    expect(p.unary("tanh", p.source("score"))).toBe(1);
    expect(p.build([1, p.unary("square", 1)]).key).toBe("score;tanh 0;square 1|1 2");
  });

  test("keys tell programs apart", () => {
    const keyOf = (make: (p: ProgramBuilder) => number): string => {
      const p = new ProgramBuilder();
      return p.build([make(p)]).key;
    };
    const numbers = [0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 0.1, 1e-300, 2 ** 53];
    const keys = [
      ...numbers.map((x) => keyOf((p) => p.constant(x))),
      keyOf((p) => p.load(0, [])),
      keyOf((p) => p.load(1, [])),
      keyOf((p) => p.load(0, [p.source("key")])),
      keyOf((p) => p.load(0, [p.source("key"), p.source("key")])),
      keyOf((p) => p.binary("lt", p.source("key"), p.source("place"))),
      keyOf((p) => p.binary("gt", p.source("key"), p.source("place"))),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("what is known is not computed", () => {
  const p = new ProgramBuilder();
  const x = p.source("score");
  const c = (value: number): number => p.constant(value);

  test.each<[string, number, number]>([
    ["functions of constants", p.binary("sub", c(3), p.unary("square", c(2))), c(-1)],
    ["x 1", p.binary("mul", x, c(1)), x],
    ["1 x", p.binary("mul", c(1), x), x],
    ["x / 1", p.binary("div", x, c(1)), x],
    ["x^1", p.binary("pow", x, c(1)), x],
    ["x - 0", p.binary("sub", x, c(0)), x],
    ["--x", p.unary("neg", p.unary("neg", x)), x],
    ["1 ? x : 0", p.where(c(1), x, c(0)), x],
    ["0 ? 0 : x", p.where(c(0), c(0), x), x],
    ["NaN ? x : 0", p.where(c(Number.NaN), x, c(0)), x],
    ["y ? x : x", p.where(p.source("key"), x, x), x],
  ])("%s", (_, got, expected) => {
    expect(got).toBe(expected);
  });

  test.each<[string, number]>([
    ["x 0 is NaN for infinity", p.binary("mul", x, c(0))],
    ["x + 0 is 0 for -0", p.binary("add", x, c(0))],
    ["x - -0 is 0 for -0", p.binary("sub", x, c(-0))],
    ["x - x is NaN for infinity", p.binary("sub", x, x)],
    ["x = x is not for NaN", p.binary("eq", x, x)],
    ["x / x is NaN for 0", p.binary("div", x, x)],
  ])("but not where a number would become another: %s", (_, got) => {
    expect(["mul", "add", "sub", "eq", "div"]).toContain(p.step(got).op);
  });
});
