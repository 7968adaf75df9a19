import {
  binaryFunctions,
  type ScoreBinary,
  type ScoreProgram,
  type ScoreSource,
  type ScoreStep,
  type ScoreUnary,
  scoreProgram,
  scoreStepKey,
  unaryFunctions,
} from "@saccade/core";

/** The steps that a step reads. */
export function operandsOf(step: ScoreStep): readonly number[] {
  if (step.op === "load") return step.indices;
  if ("x" in step) return [step.x];
  if ("cond" in step) return [step.cond, step.a, step.b];
  return "a" in step ? [step.a, step.b] : [];
}

/** The same step, which reads others. */
function withOperands(step: ScoreStep, renamed: (operand: number) => number): ScoreStep {
  if (step.op === "load") return { ...step, indices: step.indices.map(renamed) };
  if ("x" in step) return { ...step, x: renamed(step.x) };
  if ("cond" in step) return { ...step, cond: renamed(step.cond), a: renamed(step.a), b: renamed(step.b) };
  return "a" in step ? { ...step, a: renamed(step.a), b: renamed(step.b) } : step;
}

/**
 * Grows a program step by step. What is there already is not added again, and what is known is not computed: functions
 * of constants, and what leaves every number as it is, NaN and -0 too (`x 1`, `x / 1`, `x - 0`, `--x`).
 */
export class ProgramBuilder {
  private readonly steps: ScoreStep[] = [];
  private readonly known = new Map<string, number>();

  /** @param start  the program that is gone on with; its steps keep their numbers */
  constructor(start: readonly ScoreStep[] = []) {
    for (const [i, step] of start.entries()) {
      this.steps.push(step);
      this.known.set(scoreStepKey(step), i);
    }
  }

  step(i: number): ScoreStep {
    return this.steps[i];
  }

  source(op: ScoreSource): number {
    return this.put({ op });
  }

  constant(value: number): number {
    return this.put({ op: "constant", value });
  }

  load(tensor: number, indices: readonly number[]): number {
    return this.put({ op: "load", tensor, indices });
  }

  unary(op: ScoreUnary, x: number): number {
    const inner = this.steps[x];
    if (inner.op === "constant") return this.constant(unaryFunctions[op](inner.value, 0, 0));
    if (op === "neg" && inner.op === "neg") return inner.x;
    return this.put({ op, x });
  }

  binary(op: ScoreBinary, a: number, b: number): number {
    const left = this.constantOf(a);
    const right = this.constantOf(b);
    if (left !== null && right !== null) return this.constant(binaryFunctions[op](left, right));
    if ((op === "mul" || op === "div" || op === "pow") && right === 1) return a;
    if (op === "mul" && left === 1) return b;
    if (op === "sub" && Object.is(right, 0)) return a;
    return this.put({ op, a, b });
  }

  where(cond: number, a: number, b: number): number {
    const known = this.constantOf(cond);
    if (known !== null) return known !== 0 ? a : b;
    return a === b ? a : this.put({ op: "where", cond, a, b });
  }

  /** The program of what these results need, and nothing else. */
  build(results: readonly number[]): ScoreProgram {
    const needed = new Set(results);
    for (let i = this.steps.length - 1; i >= 0; i--) {
      if (needed.has(i)) for (const operand of operandsOf(this.steps[i])) needed.add(operand);
    }
    const places = new Map<number, number>();
    const steps: ScoreStep[] = [];
    const placeOf = (i: number): number => places.get(i) ?? 0; // operands come first
    for (const [i, step] of this.steps.entries()) {
      if (!needed.has(i)) continue;
      places.set(i, steps.length);
      steps.push(withOperands(step, placeOf));
    }
    return scoreProgram(steps, results.map(placeOf));
  }

  private constantOf(i: number): number | null {
    const step = this.steps[i];
    return step.op === "constant" ? step.value : null;
  }

  private put(step: ScoreStep): number {
    const key = scoreStepKey(step);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    this.known.set(key, this.steps.length);
    return this.steps.push(step) - 1;
  }
}
