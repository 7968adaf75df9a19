import { scoreProgram } from "../make-score-program.ts";
import type { ScoreProgram, ScoreStep } from "../score-program.ts";

/** What a random program may read, and how long it is. */
export interface RandomProgramOptions {
  /** Shapes of captured tensors; each is read at least once, within its bounds. Of sizes above 0. */
  readonly captured?: readonly (readonly number[])[];
  /** Rounds; each adds a few steps. Default 8. */
  readonly rounds?: number;
}

/** Numbers in [0, 1), the same for the same seed. */
function generator(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state ^ (state >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** Grows three kinds of values: whole numbers, which f32 holds exactly; truths; reals of moderate size. */
class RandomProgram {
  readonly steps: ScoreStep[] = [];
  private readonly integers: number[] = [];
  private readonly truths: number[] = [];
  readonly reals: number[] = [];
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = generator(seed);
    for (const op of ["batch", "head", "query", "key", "place"] as const)
      this.integers.push(this.put({ op }));
    const [, , , key, place] = this.integers;
    this.integers.push(this.put({ op: "sub", a: place, b: key }));
    this.truths.push(this.put({ op: "le", a: key, b: place }));
    this.reals.push(this.put({ op: "mul", a: this.integers[5], b: this.constant(0.125) }));
  }

  put(step: ScoreStep): number {
    return this.steps.push(step) - 1;
  }

  constant(value: number): number {
    return this.put({ op: "constant", value });
  }

  /** What is discrete has whole numbers as arguments: it is the same in f32 and in f64. */
  addInteger(): void {
    const a = this.one(this.integers);
    const b = this.one(this.integers);
    const size = this.constant(2 + this.below(5));
    const half = (): number => this.put({ op: "mul", a, b: this.constant(0.5) });
    const made: readonly (() => ScoreStep)[] = [
      () => ({ op: "remainder", a, b: size }),
      () => ({ op: "floorDiv", a, b: size }),
      () => ({ op: this.oneOf("maximum", "minimum", "sub"), a, b }),
      () => ({ op: this.oneOf("abs", "sign", "neg"), x: a }),
      () => ({ op: this.oneOf("floor", "ceil", "trunc"), x: half() }),
    ];
    this.integers.push(this.put(this.one(made)()));
  }

  addTruth(): void {
    const [a, b] = [this.one(this.integers), this.one(this.integers)];
    const made: readonly (() => ScoreStep)[] = [
      () => ({ op: this.oneOf("eq", "ne", "lt", "le", "gt", "ge"), a, b: this.constant(this.below(6) - 1) }),
      () => ({ op: this.oneOf("lt", "le", "gt", "ge"), a, b }),
      () => ({ op: this.oneOf("logicalAnd", "logicalOr"), a: this.truth(), b: this.truth() }),
      () => ({ op: "logicalNot", x: this.truth() }),
    ];
    this.truths.push(this.put(this.one(made)()));
  }

  /** Bounded, and smooth but for bends and ties that reals do not meet by chance. */
  addReal(): void {
    const a = this.one(this.reals);
    const b = this.one(this.reals);
    const tame = (x: number): number => this.put({ op: "tanh", x });
    /** `x^2 + 1/2` of something small: positive, and not near 0. */
    const positive = (x: number): number =>
      this.put({ op: "add", a: this.put({ op: "square", x: tame(x) }), b: this.constant(0.5) });
    const made: readonly (() => ScoreStep)[] = [
      () => ({ op: this.oneOf("add", "sub"), a: tame(a), b }),
      () => ({ op: "mul", a: tame(a), b: tame(b) }),
      () => ({ op: "mul", a, b: this.constant(0.25 + this.random()) }),
      () => ({ op: "div", a: tame(a), b: positive(b) }),
      () => ({ op: this.oneOf("maximum", "minimum"), a, b }),
      () => ({ op: "where", cond: this.truth(), a, b }),
      () => ({ op: this.oneOf("sigmoid", "tanh", "sin", "cos", "abs", "relu", "neg"), x: a }),
      () => ({ op: "exp", x: tame(a) }),
      () => ({ op: this.oneOf("log", "sqrt", "rsqrt", "reciprocal"), x: positive(a) }),
      () => ({ op: "pow", a: positive(a), b: tame(b) }),
    ];
    this.reals.push(this.put(this.one(made)()));
  }

  /** Every index within its dimension. */
  addLoad(tensor: number, shape: readonly number[]): void {
    const indices = shape.map((size) => {
      const a = this.one(this.integers);
      return this.put({ op: "remainder", a, b: this.constant(size) });
    });
    this.reals.push(this.put({ op: "load", tensor, indices }));
  }

  truth(): number {
    return this.one(this.truths);
  }

  private below(count: number): number {
    return Math.floor(this.random() * count);
  }

  private one<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  private oneOf<T>(...list: readonly T[]): T {
    return this.one(list);
  }
}

function grown(
  seed: number,
  { captured = [], rounds = 8 }: RandomProgramOptions,
  score: boolean,
): RandomProgram {
  const p = new RandomProgram(seed);
  if (score) p.reals.push(p.put({ op: "score" }));
  for (const [tensor, shape] of captured.entries()) p.addLoad(tensor, shape);
  for (let round = 0; round < rounds; round++) {
    p.addInteger();
    p.addTruth();
    p.addReal();
  }
  return p;
}

/**
 * A random function of scores: every op comes up in some, values and derivatives stay moderate, and what jumps depends
 * on whole numbers alone, so that f32 and f64 agree.
 *
 * @param seed  equal seeds give equal programs
 * @returns one result, which depends on the score and on every captured tensor
 * @example
 * const program = randomScoreProgram(7, { captured: [[4]] });
 * program.steps.some(({ op }) => op === "load"); // => true
 */
export function randomScoreProgram(seed: number, options: RandomProgramOptions = {}): ScoreProgram {
  const p = grown(seed, options, true);
  const score = p.steps.findIndex(({ op }) => op === "score");
  const loads = p.steps.flatMap(({ op }, i) => (op === "load" ? [i] : []));
  const last = p.reals.slice(-3);
  const result = [...last, ...loads].reduce((total, x) => p.put({ op: "add", a: total, b: x }), score);
  return scoreProgram(p.steps, [result]);
}

/**
 * A random mask function, as `randomScoreProgram`; captured tensors hold whole numbers.
 *
 * @example
 * const { steps, results } = randomMaskProgram(3);
 * steps[results[0]].op; // => "logicalOr"
 */
export function randomMaskProgram(seed: number, options: RandomProgramOptions = {}): ScoreProgram {
  const p = grown(seed, options, false);
  const loads = p.steps.flatMap(({ op }, i) => (op === "load" ? [i] : []));
  const near = loads.map((load) => p.put({ op: "ge", a: load, b: p.constant(1) }));
  const all = [p.truth(), ...near];
  const seen = all.reduce((total, x) => p.put({ op: "logicalAnd", a: total, b: x }));
  return scoreProgram(p.steps, [p.put({ op: "logicalOr", a: seen, b: p.truth() })]);
}
