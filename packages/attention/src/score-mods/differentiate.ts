import type { ScoreBinary, ScoreProgram, ScoreUnary } from "@saccade/core";
import { operandsOf, ProgramBuilder } from "./program-builder.ts";

/** `dy f'(x)`, `y = f(x)`, as the ops of core have it; null where it is 0 everywhere. Numbers are steps. */
type UnaryRule = ((p: ProgramBuilder, dy: number, x: number, y: number) => number) | null;

const times = (p: ProgramBuilder, a: number, b: number): number => p.binary("mul", a, b);

const unaryRules: { readonly [N in ScoreUnary]: UnaryRule } = {
  abs: (p, dy, x) => times(p, dy, p.unary("sign", x)),
  ceil: null,
  cos: (p, dy, x) => p.unary("neg", times(p, dy, p.unary("sin", x))),
  exp: (p, dy, _, y) => times(p, dy, y),
  floor: null,
  log: (p, dy, x) => p.binary("div", dy, x),
  logicalNot: null,
  neg: (p, dy) => p.unary("neg", dy),
  reciprocal: (p, dy, _, y) => p.unary("neg", times(p, dy, p.unary("square", y))),
  relu: (p, dy, x) => p.where(p.binary("gt", x, p.constant(0)), dy, p.constant(0)),
  rsqrt: (p, dy, _, y) => times(p, dy, times(p, times(p, p.unary("square", y), y), p.constant(-0.5))),
  sigmoid: (p, dy, _, y) => times(p, dy, times(p, y, p.binary("sub", p.constant(1), y))),
  sign: null,
  sin: (p, dy, x) => times(p, dy, p.unary("cos", x)),
  sqrt: (p, dy, _, y) => p.binary("div", times(p, dy, p.constant(0.5)), y),
  square: (p, dy, x) => times(p, times(p, dy, x), p.constant(2)),
  tanh: (p, dy, _, y) => times(p, dy, p.binary("sub", p.constant(1), p.unary("square", y))),
  trunc: null,
};

/** The same of two operands, each where it is wanted. */
interface BinaryRule {
  readonly a: (p: ProgramBuilder, dy: number, a: number, b: number) => number;
  readonly b: (p: ProgramBuilder, dy: number, a: number, b: number) => number;
}

/** To the operand that wins, in halves where both are equal. */
function extremum(wins: "gt" | "lt"): BinaryRule {
  const share = (p: ProgramBuilder, dy: number, own: number, other: number): number => {
    const lost = p.where(p.binary(wins, own, other), dy, p.constant(0));
    return p.where(p.binary("eq", own, other), times(p, dy, p.constant(0.5)), lost);
  };
  return { a: share, b: (p, dy, a, b) => share(p, dy, b, a) };
}

const binaryRules: { readonly [N in ScoreBinary]: BinaryRule | null } = {
  add: { a: (_, dy) => dy, b: (_, dy) => dy },
  sub: { a: (_, dy) => dy, b: (p, dy) => p.unary("neg", dy) },
  mul: { a: (p, dy, _, b) => times(p, dy, b), b: (p, dy, a) => times(p, dy, a) },
  div: {
    a: (p, dy, _, b) => p.binary("div", dy, b),
    b: (p, dy, a, b) => p.unary("neg", p.binary("div", times(p, dy, p.binary("div", a, b)), b)),
  },
  floorDiv: null,
  remainder: {
    a: (_, dy) => dy,
    b: (p, dy, a, b) => p.unary("neg", times(p, dy, p.binary("floorDiv", a, b))),
  },
  pow: {
    a: (p, dy, a, b) => {
      const slope = times(p, b, p.binary("pow", a, p.binary("sub", b, p.constant(1))));
      return p.where(p.binary("eq", b, p.constant(0)), p.constant(0), times(p, dy, slope));
    },
    b: (p, dy, a, b) => {
      const slope = times(p, p.binary("pow", a, b), p.unary("log", a));
      return p.where(p.binary("eq", a, p.constant(0)), p.constant(0), times(p, dy, slope));
    },
  },
  maximum: extremum("gt"),
  minimum: extremum("lt"),
  eq: null,
  ne: null,
  lt: null,
  le: null,
  gt: null,
  ge: null,
  logicalAnd: null,
  logicalOr: null,
};

/** Steps that depend on one of `wrt`, themselves included. */
function dependents({ steps }: ScoreProgram, wrt: readonly number[]): boolean[] {
  const depends: boolean[] = [];
  for (const [i, step] of steps.entries()) {
    depends.push(wrt.includes(i) || operandsOf(step).some((operand) => depends[operand]));
  }
  return depends;
}

/**
 * The derivatives of a program's first result by some of its steps, by reverse accumulation over the steps. Where a
 * function has none (a bend, a tie), it is what the gradient of core's op of that name is.
 *
 * @param wrt  steps of the program: its score, its loads
 * @returns a program with the result first, then a derivative for each of `wrt`
 * @see Griewank & Walther 2008, Evaluating Derivatives, chapter 3
 */
export function differentiate(program: ScoreProgram, wrt: readonly number[]): ScoreProgram {
  const p = new ProgramBuilder(program.steps);
  const depends = dependents(program, wrt);
  const [result] = program.results;
  const adjoints = new Map<number, number>([[result, p.constant(1)]]);
  const flow = (to: number, part: () => number): void => {
    if (!depends[to]) return;
    const before = adjoints.get(to);
    const own = part();
    adjoints.set(to, before === undefined ? own : p.binary("add", before, own));
  };
  for (let i = result; i >= 0; i--) {
    const dy = adjoints.get(i);
    const step = program.steps[i];
    if (dy === undefined || step.op === "load") continue; // an index is a whole number: no derivative
    if ("x" in step) {
      const rule = unaryRules[step.op];
      if (rule) flow(step.x, () => rule(p, dy, step.x, i));
    } else if ("cond" in step) {
      flow(step.a, () => p.where(step.cond, dy, p.constant(0)));
      flow(step.b, () => p.where(step.cond, p.constant(0), dy));
    } else if ("a" in step) {
      const rule = binaryRules[step.op];
      if (rule) flow(step.a, () => rule.a(p, dy, step.a, step.b));
      if (rule) flow(step.b, () => rule.b(p, dy, step.a, step.b));
    }
  }
  return p.build([result, ...wrt.map((i) => adjoints.get(i) ?? p.constant(0))]);
}

/**
 * The program of a score function with its derivative by the score as a second result: what the kernel
 * `attentionBackward` takes. For those who write and test kernels.
 *
 * @example
 * const { mods } = traceMods({ scoreMod: (s) => s.square() }) as TracedMods;
 * scoreDerivative(mods.score as ScoreProgram).key; // => "score;square 0;2;mul 0 2|1 3"
 */
export function scoreDerivative(program: ScoreProgram): ScoreProgram {
  const score = program.steps.findIndex(({ op }) => op === "score");
  if (score >= 0) return differentiate(program, [score]);
  const p = new ProgramBuilder(program.steps);
  return p.build([program.results[0], p.constant(0)]);
}
