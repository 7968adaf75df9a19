import type { ScoreProgram, ScoreStep } from "./score-program.ts";

/** A name of a step: equal for equal steps, and only for them. -0 and NaN are told from other numbers. */
export function scoreStepKey(step: ScoreStep): string {
  if (step.op === "constant") return Object.is(step.value, -0) ? "-0" : String(step.value);
  if (step.op === "load") return `load ${step.tensor}(${step.indices.join(" ")})`;
  if ("x" in step) return `${step.op} ${step.x}`;
  if ("cond" in step) return `where ${step.cond} ${step.a} ${step.b}`;
  return "a" in step ? `${step.op} ${step.a} ${step.b}` : step.op;
}

/**
 * A program with its key.
 *
 * @param steps  each reads only earlier ones
 * @param results  the steps whose values are wanted
 * @example
 * const program = scoreProgram([{ op: "score" }, { op: "tanh", x: 0 }], [1]);
 * program.key; // => "score;tanh 0|1"
 */
export function scoreProgram(steps: readonly ScoreStep[], results: readonly number[]): ScoreProgram {
  return { steps, results, key: `${steps.map(scoreStepKey).join(";")}|${results.join(" ")}` };
}
