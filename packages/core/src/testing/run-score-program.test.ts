import { expect, test } from "vitest";
import { scoreProgram } from "../make-score-program.ts";
import type { ScoreStep } from "../score-program.ts";
import { runScoreProgram } from "./run-score-program.ts";

const at = { score: 7, batch: 1, head: 2, query: 3, key: 4, place: 5 };
const run = (steps: readonly ScoreStep[], ...captured: Parameters<typeof runScoreProgram>[2]): number[] =>
  runScoreProgram(
    scoreProgram(
      steps,
      steps.map((_, i) => i),
    ),
    at,
    captured,
  );

test("sources, constants and functions", () => {
  const sources = ["score", "batch", "head", "query", "key", "place"] as const;
  expect(run(sources.map((op) => ({ op })))).toEqual([7, 1, 2, 3, 4, 5]);
  expect(
    run([
      { op: "score" },
      { op: "constant", value: -2 },
      { op: "remainder", a: 1, b: 0 },
      { op: "neg", x: 2 },
      { op: "where", cond: 1, a: 2, b: 3 },
      { op: "lt", a: 1, b: 0 },
    ]),
  ).toEqual([7, -2, 5, -5, 5, 1]);
});

test("loads: truncated towards 0, NaN as 0, outside NaN or what is said", () => {
  const load = (value: number, outside?: number): number => {
    const x = { shape: [2], numbers: [10, 20], ...(outside === undefined ? {} : { outside }) };
    return run(
      [
        { op: "constant", value },
        { op: "load", tensor: 0, indices: [0] },
      ],
      x,
    )[1];
  };
  expect([-0.9, 0, 1.9, 2, -1, Number.NaN].map((value) => load(value))).toEqual([
    10,
    10,
    20,
    Number.NaN,
    Number.NaN,
    10,
  ]);
  expect(load(2, 0)).toBe(0);
  const table = { shape: [2, 3], numbers: [0, 1, 2, 3, 4, 5] };
  expect(run([{ op: "batch" }, { op: "head" }, { op: "load", tensor: 0, indices: [0, 1] }], table)[2]).toBe(
    5,
  );
  expect(run([{ op: "load", tensor: 0, indices: [] }], { shape: [], numbers: [9] })).toEqual([9]);
});
