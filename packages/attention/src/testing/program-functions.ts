import type { ScoreProgram, ScoreStep, Tensor } from "@saccade/core";
import { captured } from "../score-mods/captured.ts";
import { type ScoreOperand, type ScoreValue, whereScore } from "../score-mods/score-value.ts";
import type { MaskMod, ScoreIndices, ScoreMod } from "../score-mods/trace-mods.ts";

/** A function that does what a program says, by the methods of its values. */
function replay(
  { steps, results }: ScoreProgram,
  tensors: readonly Tensor[],
  score: ScoreValue | null,
  { b, h, q, k, i }: ScoreIndices,
): ScoreValue {
  const sources = { score, batch: b, head: h, place: q, key: k, query: i };
  const values: ScoreOperand[] = [];
  const made = (index: number): ScoreValue => {
    const x = values[index];
    if (typeof x === "number") throw new Error("random programs have constants as second operands only");
    return x;
  };
  const value = (step: ScoreStep): ScoreOperand => {
    if (step.op === "constant") return step.value;
    if (step.op === "load")
      return captured(tensors[step.tensor])(...step.indices.map((index) => values[index]));
    if ("x" in step) return made(step.x)[step.op]();
    if ("cond" in step) return whereScore(made(step.cond), values[step.a], values[step.b]);
    if ("a" in step) return made(step.a)[step.op](values[step.b]);
    const source = sources[step.op];
    if (source === null) throw new Error("a mask knows no score");
    return source;
  };
  for (const step of steps) values.push(value(step));
  // Random programs have truths that they do not use, which a function must not.
  const result = made(results[0]);
  for (const x of values) whereScore(result, x, x);
  return result;
}

export const scoreModOf =
  (program: ScoreProgram, tensors: readonly Tensor[]): ScoreMod =>
  (score, indices) =>
    replay(program, tensors, score, indices);

export const maskModOf =
  (program: ScoreProgram, tensors: readonly Tensor[]): MaskMod =>
  (indices) =>
    replay(program, tensors, null, indices);
