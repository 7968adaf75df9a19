import type { ScoreBinary, ScoreProgram, ScoreStep, ScoreUnary } from "@saccade/core";

/** What is known of a step's value for a pair that nobody sees, where indices may be outside and roots of less than 0. */
interface Known {
  /** A gradient goes through it: to the score, or to a captured tensor. */
  readonly varies: boolean;
  /** It is finite. */
  readonly finite: boolean;
  /** It makes NaN of a gradient of 0: `0 f'(x)` where `f'(x)` is infinite or NaN. */
  readonly spoils: boolean;
}

const constant = (finite: boolean): Known => ({ varies: false, finite, spoils: false });

const steep = new Set<ScoreUnary>(["exp", "log", "reciprocal", "rsqrt", "sqrt"]);
const steps = new Set<ScoreUnary>(["ceil", "floor", "logicalNot", "sign", "trunc"]);
const truths = new Set<ScoreBinary>(["eq", "ne", "lt", "le", "gt", "ge", "logicalAnd", "logicalOr"]);

function ofUnary(op: ScoreUnary, x: Known): Known {
  if (steps.has(op)) return constant(x.finite);
  const finite = x.finite && !steep.has(op);
  return { varies: x.varies, finite, spoils: x.varies && op !== "neg" && !finite };
}

/** @param divides  whether b is a number that is not 0 */
function ofBinary(op: ScoreBinary, a: Known, b: Known, divides: boolean): Known {
  if (truths.has(op)) return constant(true);
  const varies = a.varies || b.varies;
  const both = a.finite && b.finite;
  if (op === "mul") {
    return { varies, finite: both, spoils: (a.varies && !b.finite) || (b.varies && !a.finite) };
  }
  if (op === "floorDiv") return constant(both && divides);
  if (op === "div" || op === "remainder" || op === "pow") {
    const finite = both && divides && op !== "pow";
    return { varies, finite, spoils: varies && !(divides && op !== "pow") };
  }
  return { varies, finite: both, spoils: false }; // sums, and the larger or smaller, choose or pass on
}

/**
 * Whether pairs that nobody sees could make NaN of the gradients of what a program reads. Their gradients are 0, but 0
 * times what is infinite or NaN is not: `slope(h) * table(q - k)` is NaN behind the query, where the table ends.
 */
export function mayLoseGradients({ steps: all }: ScoreProgram): boolean {
  const known: Known[] = [];
  const divides = (i: number): boolean => {
    const step = all[i];
    return step.op === "constant" && step.value !== 0 && Number.isFinite(step.value);
  };
  /** Batch items and heads are the same for all pairs of a row: where they are outside, everything is NaN. */
  const within = (i: number): boolean => all[i].op === "batch" || all[i].op === "head";
  const of = (step: ScoreStep): Known => {
    if (step.op === "constant") return constant(Number.isFinite(step.value));
    if (step.op === "load") return { varies: true, finite: step.indices.every(within), spoils: false };
    if ("x" in step) return ofUnary(step.op, known[step.x]);
    if (!("a" in step)) return { varies: step.op === "score", finite: true, spoils: false };
    const [a, b] = [known[step.a], known[step.b]];
    if ("cond" in step) return { varies: a.varies || b.varies, finite: a.finite && b.finite, spoils: false };
    return ofBinary(step.op, a, b, divides(step.b));
  };
  for (const step of all) known.push(of(step));
  return known.some(({ spoils }) => spoils);
}
