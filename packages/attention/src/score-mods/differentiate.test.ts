import {
  grad,
  type ScoreBinary,
  type ScoreProgram,
  type ScoreUnary,
  scoreProgram,
  sum,
  type Tensor,
  tensor,
} from "@saccade/core";
import { evaluateAll, guardMemory, randomScoreProgram, runScoreProgram } from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { differentiate, scoreDerivative } from "./differentiate.ts";
import { evaluateProgram } from "./evaluate-program.ts";

guardMemory({ beforeEach, afterEach });

const unaries: readonly ScoreUnary[] = [
  "abs", "ceil", "cos", "exp", "floor", "log", "logicalNot", "neg", "reciprocal", "relu", "rsqrt", "sigmoid", "sign",
  "sin", "sqrt", "square", "tanh", "trunc",
]; // biome-ignore format: a table reads better
const binaries: readonly ScoreBinary[] = [
  "add", "sub", "mul", "div", "floorDiv", "remainder", "pow", "maximum", "minimum", "eq", "ne", "lt", "le", "gt", "ge",
  "logicalAnd", "logicalOr",
]; // biome-ignore format: a table reads better

/** Bends, ties, poles and ordinary numbers. */
const points = [-2, -1, -0.5, 0, 0.5, 1, 2, 3.7];
const none = { score: 0, batch: 0, head: 0, query: 0, key: 0, place: 0 };

/** The gradient of core's ops for a program's first result by its score. */
async function gradientOf(
  program: ScoreProgram,
  scores: readonly number[],
  keys: readonly number[],
): Promise<number[]> {
  const [gradient] = await evaluateAll(() => {
    const score = tensor([...scores], { dtype: "f64" });
    const key = tensor([...keys], { dtype: "f64" });
    const sources = (op: string): Tensor => (op === "score" ? score : key);
    return grad(
      () => sum(evaluateProgram(program, sources, [], score)[0].mul(tensor(1, { dtype: "f64" }))),
      [score],
    );
  });
  return gradient;
}

/** To rounding; NaN and infinities are themselves. */
function expectSame(got: number, expected: number, message: string): void {
  if (Number.isFinite(expected)) expect(got, message).toBeCloseTo(expected, 10);
  else expect(got, message).toBe(expected);
}

const pairs = points.flatMap((a) => points.map((b) => [a, b] as const));

describe("as the gradients of core's ops, at bends and ties too", () => {
  test.each(unaries)("%s", async (op) => {
    const program = scoreProgram([{ op: "score" }, { op, x: 0 }, { op: "mul", a: 0, b: 1 }], [2]);
    const derivative = scoreDerivative(program);
    const expected = await gradientOf(
      program,
      points,
      points.map(() => 0),
    );
    const got = points.map((score) => runScoreProgram(derivative, { ...none, score }, [])[1]);
    for (const [i, x] of expected.entries()) expectSame(got[i], x, `at ${points[i]}`);
  });

  test.each(binaries)("%s, by either operand and by both", async (op) => {
    for (const [a, b] of [
      [0, 1],
      [1, 0],
      [0, 0],
    ]) {
      // biome-ignore format: pairs
      const steps = [{ op: "score" }, { op: "key" }, { op, a, b }, { op: "mul", a: 0, b: 2 }] as const;
      const program = scoreProgram(steps, [3]);
      const derivative = scoreDerivative(program);
      const expected = await gradientOf(program, pairs.map(([x]) => x), pairs.map(([, y]) => y)); // biome-ignore format: short
      for (const [i, [score, key]] of pairs.entries()) {
        const [, slope] = runScoreProgram(derivative, { ...none, score, key }, []);
        expectSame(slope, expected[i], `${op} at ${score}, ${key}`);
      }
    }
  });
});

test("of random programs, by the score and by each load: central differences", () => {
  fc.assert(
    fc.property(fc.nat(1e6), fc.double({ min: -2, max: 2, noNaN: true }), (seed, score) => {
      const program = randomScoreProgram(seed, { captured: [[1], [1, 1]] });
      const wrt = program.steps.flatMap(({ op }, i) => (op === "score" || op === "load" ? [i] : []));
      const derivative = differentiate(program, wrt);
      const at = { batch: 1, head: 2, query: 3, key: 5, place: 4 };
      const values = [score, 0.37, -0.71];
      const run = (it: ScoreProgram, [own, ...loaded]: readonly number[]): number[] =>
        runScoreProgram(
          it,
          { ...at, score: own },
          loaded.map((x, d) => ({ shape: d === 0 ? [1] : [1, 1], numbers: [x] })),
        );
      const [value, ...slopes] = run(derivative, values);
      expect(value).toBe(run(program, values)[0]);
      for (const [n, step] of wrt.entries()) {
        const own = program.steps[step];
        const which = own.op === "load" ? 1 + own.tensor : 0;
        const moved = (by: number): number =>
          run(
            program,
            values.map((x, i) => (i === which ? x + by : x)),
          )[0];
        const slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
        const [left, right] = [(moved(0) - moved(-1e-6)) / 1e-6, (moved(1e-6) - moved(0)) / 1e-6];
        if (Math.abs(left - right) > 1e-3) continue; // a bend
        expect(Math.abs(slopes[n] - slope)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
      }
    }),
    { numRuns: 200 },
  );
});

describe("short programs", () => {
  test.each<[string, ScoreProgram, string]>([
    [
      "what is added has slope 1",
      scoreProgram([{ op: "score" }, { op: "key" }, { op: "add", a: 0, b: 1 }], [2]),
      "score;key;add 0 1;1|2 3",
    ],
    ["what forgets the score has slope 0", scoreProgram([{ op: "key" }], [0]), "key;0|0 1"],
    ["the score itself", scoreProgram([{ op: "score" }], [0]), "score;1|0 1"],
    [
      "a comparison has slope 0",
      scoreProgram([{ op: "score" }, { op: "sign", x: 0 }], [1]),
      "score;sign 0;0|1 2",
    ],
    [
      "a cap",
      scoreProgram(
        [
          { op: "score" },
          { op: "constant", value: 3 },
          { op: "div", a: 0, b: 1 },
          { op: "tanh", x: 2 },
          { op: "mul", a: 3, b: 1 },
        ],
        [4],
      ),
      "score;3;div 0 1;tanh 2;mul 3 1;1;square 3;sub 5 6;mul 1 7;div 8 1|4 9",
    ],
  ])("%s", (_, program, key) => {
    expect(scoreDerivative(program).key).toBe(key);
  });
});
