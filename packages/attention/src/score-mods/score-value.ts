import { ArgumentError, describeValue, type ScoreBinary, type ScoreUnary } from "@saccade/core";
import type { Trace } from "./trace.ts";

/** A value of a function of scores, or a number that is the same for all pairs. */
export type ScoreOperand = ScoreValue | number;

/**
 * A number that a function of scores (`scoreMod`, `maskMod`) computes for each pair of a query and a key. Its methods
 * are those of tensors; a comparison gives 1 or 0, and what is not 0 is true. There is nothing to look at: the function
 * runs once, for all pairs, and what it does is compiled.
 */
export class ScoreValue {
  /** @internal */
  readonly trace: Trace;
  /** @internal */
  readonly step: number;

  /** @internal */
  constructor(trace: Trace, step: number) {
    this.trace = trace;
    this.step = step;
  }

  /** `a + b` */
  add(b: ScoreOperand): ScoreValue {
    return this.with("add", b);
  }
  /** `a - b` */
  sub(b: ScoreOperand): ScoreValue {
    return this.with("sub", b);
  }
  /** `a b` */
  mul(b: ScoreOperand): ScoreValue {
    return this.with("mul", b);
  }
  /** `a / b` */
  div(b: ScoreOperand): ScoreValue {
    return this.with("div", b);
  }
  /** `floor(a / b)`; constant to gradients. */
  floorDiv(b: ScoreOperand): ScoreValue {
    return this.with("floorDiv", b);
  }
  /** `a - b floor(a / b)`: the sign of b. */
  remainder(b: ScoreOperand): ScoreValue {
    return this.with("remainder", b);
  }
  /** `a^b` */
  pow(b: ScoreOperand): ScoreValue {
    return this.with("pow", b);
  }
  /** The larger; NaN wins. Equal operands share the gradient. */
  maximum(b: ScoreOperand): ScoreValue {
    return this.with("maximum", b);
  }
  /** The smaller; NaN wins. Equal operands share the gradient. */
  minimum(b: ScoreOperand): ScoreValue {
    return this.with("minimum", b);
  }
  /** `a = b` */
  eq(b: ScoreOperand): ScoreValue {
    return this.with("eq", b);
  }
  /** `a` is not `b`. */
  ne(b: ScoreOperand): ScoreValue {
    return this.with("ne", b);
  }
  /** `a < b` */
  lt(b: ScoreOperand): ScoreValue {
    return this.with("lt", b);
  }
  /** `a <= b` */
  le(b: ScoreOperand): ScoreValue {
    return this.with("le", b);
  }
  /** `a > b` */
  gt(b: ScoreOperand): ScoreValue {
    return this.with("gt", b);
  }
  /** `a >= b` */
  ge(b: ScoreOperand): ScoreValue {
    return this.with("ge", b);
  }
  /** Both are true. */
  logicalAnd(b: ScoreOperand): ScoreValue {
    return this.with("logicalAnd", b);
  }
  /** One is true, or both are. */
  logicalOr(b: ScoreOperand): ScoreValue {
    return this.with("logicalOr", b);
  }
  /** 1 where this is 0. */
  logicalNot(): ScoreValue {
    return this.of("logicalNot");
  }
  /** `|a|`; gradient 0 at 0. */
  abs(): ScoreValue {
    return this.of("abs");
  }
  /** The integer at or above. */
  ceil(): ScoreValue {
    return this.of("ceil");
  }
  /** Cosine of radians. */
  cos(): ScoreValue {
    return this.of("cos");
  }
  /** `e^a` */
  exp(): ScoreValue {
    return this.of("exp");
  }
  /** The integer at or below. */
  floor(): ScoreValue {
    return this.of("floor");
  }
  /** Natural logarithm. */
  log(): ScoreValue {
    return this.of("log");
  }
  /** `-a` */
  neg(): ScoreValue {
    return this.of("neg");
  }
  /** `1 / a` */
  reciprocal(): ScoreValue {
    return this.of("reciprocal");
  }
  /** `max(a, 0)`; gradient 0 at 0. */
  relu(): ScoreValue {
    return this.of("relu");
  }
  /** `1 / sqrt(a)` */
  rsqrt(): ScoreValue {
    return this.of("rsqrt");
  }
  /** `1 / (1 + e^-a)` */
  sigmoid(): ScoreValue {
    return this.of("sigmoid");
  }
  /** -1, 0 or 1. */
  sign(): ScoreValue {
    return this.of("sign");
  }
  /** Sine of radians. */
  sin(): ScoreValue {
    return this.of("sin");
  }
  /** Square root. */
  sqrt(): ScoreValue {
    return this.of("sqrt");
  }
  /** `a^2` */
  square(): ScoreValue {
    return this.of("square");
  }
  /** Hyperbolic tangent. */
  tanh(): ScoreValue {
    return this.of("tanh");
  }
  /** The integer part. */
  trunc(): ScoreValue {
    return this.of("trunc");
  }

  /** Values have no number while the function runs: `q > k`, `${q}` and the like are no part of it. */
  [Symbol.toPrimitive](): never {
    throw new ArgumentError(
      `attention: ${this.trace.name} computes with methods, as in q.sub(k).lt(4), and chooses by whereScore: a value has no number that JavaScript's operators could use`,
    );
  }

  private of(op: ScoreUnary): ScoreValue {
    return new ScoreValue(this.trace, this.trace.unary(op, this.step));
  }

  private with(op: ScoreBinary, b: ScoreOperand): ScoreValue {
    return new ScoreValue(this.trace, this.trace.binary(op, this.step, stepOf(this.trace, b)));
  }
}

/** @throws ArgumentError unless it is a number or a value of this trace */
export function stepOf(trace: Trace, x: ScoreOperand): number {
  if (typeof x === "number") return trace.builder.constant(x);
  if (!(x instanceof ScoreValue)) {
    throw new ArgumentError(
      `attention: ${trace.name} computes with its own values and numbers (got ${describeValue(x)}); tensors are read by captured(tensor)(index)`,
    );
  }
  if (x.trace === trace) return x.step;
  throw new ArgumentError(
    `attention: ${trace.name} used a value of another call; what a function gets is of use only within it`,
  );
}

/**
 * `cond` is not 0 ? a : b, for each pair: what `where` is to tensors. Both are computed.
 *
 * @throws ArgumentError for values of another call
 * @example
 * // Keys in front of the query count half.
 * const scoreMod: ScoreMod = (s, { q, k }) => whereScore(k.lt(q), s.mul(0.5), s);
 * attention(q, k, v, { scoreMod }).shape; // => [2, 4, 8, 16]
 */
export function whereScore(cond: ScoreValue, a: ScoreOperand, b: ScoreOperand): ScoreValue {
  if (!(cond instanceof ScoreValue)) {
    throw new ArgumentError(
      `whereScore: the condition must be a value of a function of scores (got ${describeValue(cond)})`,
    );
  }
  const { trace } = cond;
  return new ScoreValue(trace, trace.where(cond.step, stepOf(trace, a), stepOf(trace, b)));
}
