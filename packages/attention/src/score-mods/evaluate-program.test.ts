import { Key, randn, type ScoreProgram, tensor, tidy } from "@saccade/core";
import {
  type CapturedNumbers,
  evaluateAll,
  guardMemory,
  randomScoreProgram,
  runScoreProgram,
} from "@saccade/core/testing";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { evaluateProgram } from "./evaluate-program.ts";
import { scoreSources } from "./score-sources.ts";

guardMemory({ beforeEach, afterEach });

const shape = [2, 3, 3, 4] as const;
const [, H, T, S] = shape;

/** For every pair, one after the other. */
function asked(
  program: ScoreProgram,
  scores: readonly number[],
  captured: readonly CapturedNumbers[],
): number[] {
  return scores.map((score, n) => {
    const [key, query] = [n % S, Math.floor(n / S) % T];
    const [head, batch] = [Math.floor(n / (S * T)) % H, Math.floor(n / (S * T * H))];
    return runScoreProgram(program, { score, key, query, head, batch, place: query + S - T }, captured)[0];
  });
}

async function evaluated(program: ScoreProgram, shapes: readonly (readonly number[])[], seed: number) {
  return evaluateAll(() => {
    const score = randn(new Key(seed), [...shape], { dtype: "f64" });
    const captured = shapes.map((own, i) => randn(new Key(seed).fold(i), [...own], { dtype: "f64" }));
    const { backend } = score;
    const grid = { shape, dtype: "f64", backend, ranges: null } as const;
    const [result] = evaluateProgram(program, scoreSources(grid, score), captured, grid);
    return [result.expand([...shape]), score, ...captured];
  });
}

test("random programs: as for every pair alone", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1e6), async (seed) => {
      const shapes = [[3], [2, 5]];
      const program = randomScoreProgram(seed, { captured: shapes });
      const [got, score, ...captured] = await evaluated(program, shapes, seed);
      const numbers = captured.map((own, i) => ({ shape: shapes[i], numbers: own }));
      for (const [i, x] of asked(program, score, numbers).entries()) {
        expect(Math.abs(got[i] - x)).toBeLessThan(1e-12 * Math.max(1, Math.abs(x)));
      }
    }),
    { numRuns: 100 },
  );
});

test("each step is as large as what it depends on", () => {
  const program: ScoreProgram = {
    steps: [
      { op: "head" },
      { op: "exp", x: 0 },
      { op: "key" },
      { op: "place" },
      { op: "sub", a: 3, b: 2 },
      { op: "batch" },
    ],
    results: [1, 4, 5],
    key: "",
  };
  const shapes = tidy(() => {
    const { backend } = tensor([0]);
    const grid = { shape, dtype: "f32", backend, ranges: null } as const;
    return evaluateProgram(program, scoreSources(grid, null), [], grid).map((result) => result.shape);
  });
  expect(shapes).toEqual([[3, 1, 1], [3, 4], [2, 1, 1, 1]]); // biome-ignore format: short
});

test("loads: indices are truncated, what is outside is NaN (0 of integers), in every dimension; NaN counts as 0", async () => {
  const at = [-1, -0.9, 0.5, 2.99, 3, 1e10, Number.NaN];
  const [floats, integers, rows, whole] = await evaluateAll(() => {
    const index = tensor(at, { dtype: "f64" });
    const { backend } = index;
    const read = (x: ReturnType<typeof tensor>, indices: readonly number[]) =>
      evaluateProgram(
        {
          steps: [{ op: "score" }, { op: "constant", value: 1 }, { op: "load", tensor: 0, indices }],
          results: [2],
          key: "",
        },
        () => index,
        [x],
        { dtype: "f64", backend },
      )[0];
    const i32 = tensor(Int32Array.of(5, 6, 7));
    const table = tensor([[1, 2], [3, 4], [5, 6]]); // biome-ignore format: rows
    return [read(tensor([5, 6, 7]), [0]), read(i32, [0]), read(table, [0, 1]), read(table, [1, 0])];
  });
  expect(floats).toEqual([Number.NaN, 5, 5, 7, Number.NaN, Number.NaN, 5]);
  expect(integers).toEqual([0, 5, 5, 7, 0, 0, 5]);
  expect(rows).toEqual([Number.NaN, 2, 2, 6, Number.NaN, Number.NaN, 2]);
  expect(whole).toEqual([Number.NaN, 3, 3, Number.NaN, Number.NaN, Number.NaN, 3]);
});

test("truths are numbers where they are computed with, and what is not 0 is true", async () => {
  const program: ScoreProgram = {
    steps: [
      { op: "score" },
      { op: "constant", value: 0 },
      { op: "gt", a: 0, b: 1 },
      { op: "add", a: 2, b: 2 },
      { op: "where", cond: 0, a: 3, b: 0 },
      { op: "logicalNot", x: 0 },
      { op: "neg", x: 5 },
    ],
    results: [3, 4, 6],
    key: "",
  };
  const [sums, chosen, negated] = await evaluateAll(() => {
    const score = tensor([-2, 0, 3, Number.NaN]);
    return evaluateProgram(program, () => score, [], score);
  });
  expect([sums, chosen, negated]).toEqual([[0, 0, 2, 0], [0, 0, 2, 0], [-0, -1, -0, -0]]); // biome-ignore format: short
});
