import {
  abs,
  add,
  cast,
  ceil,
  cos,
  type DType,
  div,
  eq,
  exp,
  floor,
  floorDiv,
  full,
  gather,
  ge,
  gt,
  le,
  log,
  logicalAnd,
  logicalNot,
  logicalOr,
  lt,
  maximum,
  minimum,
  mul,
  ne,
  neg,
  pow,
  reciprocal,
  relu,
  remainder,
  reshape,
  rsqrt,
  type ScoreBinary,
  type ScoreProgram,
  type ScoreSource,
  type ScoreStep,
  type ScoreUnary,
  sigmoid,
  sign,
  sin,
  sqrt,
  square,
  sub,
  type Tensor,
  tanh,
  trunc,
  where,
} from "@saccade/core";

const unaryOps: { readonly [N in ScoreUnary]: (x: Tensor) => Tensor } = {
  abs,
  ceil,
  cos,
  exp,
  floor,
  log,
  logicalNot,
  neg,
  reciprocal,
  relu,
  rsqrt,
  sigmoid,
  sign,
  sin,
  sqrt,
  square,
  tanh,
  trunc,
};

const binaryOps: { readonly [N in ScoreBinary]: (a: Tensor, b: Tensor) => Tensor } = {
  add,
  sub,
  mul,
  div,
  floorDiv,
  remainder,
  pow,
  maximum,
  minimum,
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  logicalAnd,
  logicalOr,
};

/** A value as a truth (u8). */
export function truthOf(x: Tensor): Tensor {
  return x.dtype === "u8" ? x : ne(x, 0);
}

/** `x[indices]`, one index for each dimension, which broadcast; NaN (0 of integers) outside. */
function load(x: Tensor, indices: readonly Tensor[]): Tensor {
  if (indices.length === 0) return x;
  const whole = indices.map((index) => cast(index, "i32"));
  // An index beyond the last, in a dimension that is not the first, would be an element of another row.
  const inside = whole
    .map((index, d) => logicalAnd(ge(index, 0), lt(index, x.shape[d])))
    .reduce((a, b) => logicalAnd(a, b));
  const flat = whole.reduce((at, index, d) => add(mul(at, x.shape[d]), index));
  const at = where(inside, flat, -1);
  return reshape(gather(reshape(x, [-1]), reshape(at, [-1]), 0), at.shape);
}

/** What a program starts from, as tensors that broadcast to `[B, H, T, S]`, in the dtype that is computed in. */
export type ProgramSources = (source: ScoreSource) => Tensor;

/**
 * A program in plain ops: what kernels that take it are tested against, and what runs where there is none. Each step is
 * as large as what it depends on: a function of the head alone is `[H, 1, 1]`. Differentiable, by captured tensors too.
 *
 * @param dtype  f32 or f64
 * @param visible  where given, what is read for other pairs is 0, and has a gradient of 0 whatever becomes of it
 * @returns its results, which broadcast to `[B, H, T, S]`; u8 where a comparison is the last step
 */
export function evaluateProgram(
  { steps, results }: ScoreProgram,
  sources: ProgramSources,
  captured: readonly Tensor[],
  { dtype, backend }: { readonly dtype: DType; readonly backend: Tensor["backend"] },
  visible: Tensor | null = null,
): Tensor[] {
  const values: Tensor[] = [];
  const float = (i: number): Tensor => cast(values[i], dtype);
  const seen = (x: Tensor): Tensor => (visible ? where(visible, x, 0) : x);
  const value = (step: ScoreStep): Tensor => {
    if (step.op === "constant") return full([], step.value, { dtype, backend });
    if (step.op === "load") return seen(cast(load(captured[step.tensor], step.indices.map(float)), dtype));
    if (step.op === "score") return seen(sources(step.op));
    if ("x" in step) return unaryOps[step.op](float(step.x));
    if ("cond" in step) return where(truthOf(values[step.cond]), float(step.a), float(step.b));
    return "a" in step ? binaryOps[step.op](float(step.a), float(step.b)) : sources(step.op);
  };
  for (const step of steps) values.push(value(step));
  return results.map((result) => values[result]);
}
