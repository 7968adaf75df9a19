import { expect, test } from "vitest";
import type { ScoreProgram } from "../score-program.ts";
import { randomMaskProgram, randomScoreProgram } from "./random-score-program.ts";
import { runScoreProgram } from "./run-score-program.ts";

const shapes = [[3], [2, 5]];
const captured = [
  { shape: [3], numbers: [0.5, -1, 2] },
  { shape: [2, 5], numbers: [1, 0, -0.3, 2, 0.1, 1.5, -1, 0.7, 0, 1] },
];
const programs = Array.from({ length: 200 }, (_, seed) => [
  randomScoreProgram(seed, { captured: shapes }),
  randomMaskProgram(seed, { captured: shapes }),
]).flat();

function operands(step: ScoreProgram["steps"][number]): readonly number[] {
  return Object.entries(step).flatMap(([name, value]) =>
    name === "indices" ? value : ["x", "a", "b", "cond"].includes(name) ? [value] : [],
  );
}

test("the same for a seed, another for another; steps read earlier ones", () => {
  expect(randomScoreProgram(5, { captured: shapes }).key).toBe(
    randomScoreProgram(5, { captured: shapes }).key,
  );
  expect(new Set(programs.map(({ key }) => key)).size).toBe(programs.length);
  for (const { steps } of programs) {
    for (const [i, step] of steps.entries()) for (const x of operands(step)) expect(x).toBeLessThan(i);
  }
});

test("every op comes up where it counts", () => {
  const live = new Set<string>();
  for (const { steps, results } of programs) {
    const needed = new Set(results);
    for (let i = steps.length - 1; i >= 0; i--) {
      if (!needed.has(i)) continue;
      live.add(steps[i].op);
      for (const x of operands(steps[i])) needed.add(x);
    }
  }
  const all =
    "score batch head query key place constant load where abs ceil cos exp floor log logicalNot neg reciprocal relu rsqrt sigmoid sign sin sqrt square tanh trunc add sub mul div floorDiv remainder pow maximum minimum eq ne lt le gt ge logicalAnd logicalOr";
  expect([...live].sort()).toEqual(all.split(" ").sort());
});

test("values are moderate, and depend on the score and on what is captured", () => {
  const at = { batch: 1, head: 3, query: 12, key: 150, place: 40 };
  for (let seed = 0; seed < 200; seed++) {
    const program = randomScoreProgram(seed, { captured: shapes });
    const of = (score: number, by = 0): number => {
      const moved = captured.map((it) => ({ ...it, numbers: it.numbers.map((x) => x + by) }));
      return runScoreProgram(program, { ...at, score }, moved)[0];
    };
    expect(Math.abs(of(1))).toBeLessThan(300);
    expect(of(1.1)).not.toBe(of(1));
    expect(of(1, 0.1)).not.toBe(of(1));
  }
});
