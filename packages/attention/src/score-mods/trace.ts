import { ArgumentError, type ScoreBinary, type ScoreUnary, type Tensor } from "@saccade/core";
import { ProgramBuilder } from "./program-builder.ts";

/** Steps whose value is a truth: what is not looked at again was meant for an `if`. */
const truths: ReadonlySet<string> = new Set([
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
  "logicalAnd",
  "logicalOr",
  "logicalNot",
]);

/** The run of one function of scores: grows its program, and knows which tensors it reads. */
export class Trace {
  readonly builder: ProgramBuilder = new ProgramBuilder();
  /** `scoreMod` or `maskMod`, for messages. */
  readonly name: string;
  private readonly captured: Tensor[];
  private readonly compared = new Set<number>();
  private readonly used = new Set<number>();

  /** @param captured  what is read so far, by functions of the same call: the list grows */
  constructor(name: string, captured: Tensor[]) {
    this.name = name;
    this.captured = captured;
  }

  unary(op: ScoreUnary, x: number): number {
    return this.noted(this.builder.unary(op, x), x);
  }

  binary(op: ScoreBinary, a: number, b: number): number {
    return this.noted(this.builder.binary(op, a, b), a, b);
  }

  where(cond: number, a: number, b: number): number {
    return this.noted(this.builder.where(cond, a, b), cond, a, b);
  }

  load(x: Tensor, indices: readonly number[]): number {
    let tensor = this.captured.findIndex(({ id }) => id === x.id);
    if (tensor < 0) tensor = this.captured.push(x) - 1;
    return this.noted(this.builder.load(tensor, indices), ...indices);
  }

  /** @throws ArgumentError if an outcome of a comparison went nowhere */
  finish(result: number): void {
    this.used.add(result);
    for (const step of this.compared) {
      if (this.used.has(step)) continue;
      throw new ArgumentError(
        `attention: ${this.name} does not use the outcome of ${this.builder.step(step).op}: JavaScript's if and ?: do not see values of pairs; use whereScore`,
      );
    }
  }

  private noted(step: number, ...operands: readonly number[]): number {
    for (const operand of operands) this.used.add(operand);
    if (truths.has(this.builder.step(step).op)) this.compared.add(step);
    return step;
  }
}

let current: Trace | null = null;

/** The trace that runs now; null outside of functions of scores. */
export const currentTrace = (): Trace | null => current;

/** Runs `body` with a trace in which captured tensors are noted. */
export function withTrace<T>(trace: Trace, body: () => T): T {
  const before = current;
  current = trace;
  try {
    return body();
  } finally {
    current = before;
  }
}
