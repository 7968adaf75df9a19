import { binaryFunctions } from "../scalar/binary.ts";
import { unaryFunctions } from "../scalar/unary.ts";
import type { ScoreProgram, ScoreSource, ScoreStep } from "../score-program.ts";

/** A captured tensor, row-major. */
export interface CapturedNumbers {
  readonly shape: readonly number[];
  readonly numbers: ArrayLike<number>;
  /** What is read outside of it: NaN of floats (the default), 0 of integers. */
  readonly outside?: number;
}

function loaded(
  { shape, numbers, outside = Number.NaN }: CapturedNumbers,
  indices: readonly number[],
): number {
  let at = 0;
  for (const [d, size] of shape.entries()) {
    const index = Math.trunc(Number.isNaN(indices[d]) ? 0 : indices[d]);
    if (!(index >= 0 && index < size)) return outside;
    at = at * size + index;
  }
  return numbers[at];
}

/**
 * Runs a program for one pair of query and key, in f64: the definition of what kernels do.
 *
 * @returns its results
 * @example
 * const program = scoreProgram([{ op: "score" }, { op: "tanh", x: 0 }], [0, 1]);
 * const at = { score: 0, batch: 0, head: 0, query: 0, key: 0, place: 0 };
 * runScoreProgram(program, at, []); // => [0, 0]
 */
export function runScoreProgram(
  { steps, results }: ScoreProgram,
  at: Readonly<Record<ScoreSource, number>>,
  captured: readonly CapturedNumbers[],
): number[] {
  const values: number[] = [];
  const value = (step: ScoreStep): number => {
    if (step.op === "constant") return step.value;
    if (step.op === "load")
      return loaded(
        captured[step.tensor],
        step.indices.map((i) => values[i]),
      );
    if ("x" in step) return unaryFunctions[step.op](values[step.x], 0, 0);
    if ("cond" in step) return values[step.cond] !== 0 ? values[step.a] : values[step.b];
    return "a" in step ? binaryFunctions[step.op](values[step.a], values[step.b]) : at[step.op];
  };
  for (const step of steps) values.push(value(step));
  return results.map((result) => values[result]);
}
