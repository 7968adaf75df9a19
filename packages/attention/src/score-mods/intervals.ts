import type { ScoreBinary, ScoreProgram, ScoreSource, ScoreUnary } from "@saccade/core";

/** All numbers from the first to the second; NaN where nothing is known. */
export type Interval = readonly [low: number, high: number];

const unknown: Interval = [Number.NaN, Number.NaN];
const yes: Interval = [1, 1];
const no: Interval = [0, 0];
const either: Interval = [0, 1];

/** Above it, f32 does not hold every whole number. */
const EXACT = 2 ** 24;

const isExact = (x: number): boolean => Number.isInteger(x) && Math.abs(x) <= EXACT;

/** A little more, for what backends round differently; whole numbers are computed exactly. */
function rounded(low: number, high: number): Interval {
  return isExact(low) && isExact(high) ? [low, high] : widened(low, high);
}

function widened(low: number, high: number): Interval {
  const more = (x: number): number => 1e-5 * (1 + Math.abs(x));
  return [low === -Infinity ? low : low - more(low), high === Infinity ? high : high + more(high)];
}

/** `min` and `max` of a function that rises or falls in each operand. */
function corners([a, b]: Interval, [c, d]: Interval, fn: (x: number, y: number) => number): Interval {
  const values = [fn(a, c), fn(a, d), fn(b, c), fn(b, d)];
  return rounded(Math.min(...values), Math.max(...values));
}

const truth = (always: boolean, never: boolean): Interval => (always ? yes : never ? no : either);
const isTrue = ([low, high]: Interval): boolean => low > 0 || high < 0;
const isFalse = ([low, high]: Interval): boolean => low === 0 && high === 0;
const hull = ([a, b]: Interval, [c, d]: Interval): Interval => [Math.min(a, c), Math.max(b, d)];

const rising =
  (fn: (x: number) => number, least = -Infinity) =>
  ([low, high]: Interval): Interval =>
    low >= least ? widened(fn(low), fn(high)) : unknown;

/** Exact of whole numbers, and rising. */
const whole =
  (fn: (x: number) => number) =>
  ([low, high]: Interval): Interval => [fn(low), fn(high)];

function square([low, high]: Interval): Interval {
  const most = Math.max(low * low, high * high);
  return rounded(low <= 0 && high >= 0 ? 0 : Math.min(low * low, high * high), most);
}

/** -1 to 1, or one number. */
const wave =
  (fn: (x: number) => number) =>
  ([low, high]: Interval): Interval =>
    low === high ? widened(fn(low), fn(low)) : low <= high ? [-1, 1] : unknown;

const unaries: { readonly [N in ScoreUnary]: (x: Interval) => Interval } = {
  abs: ([low, high]) => [
    low <= 0 && high >= 0 ? 0 : Math.min(Math.abs(low), Math.abs(high)),
    Math.max(-low, high),
  ],
  ceil: whole(Math.ceil),
  cos: wave(Math.cos),
  exp: rising(Math.exp),
  floor: whole(Math.floor),
  log: rising(Math.log, 0),
  logicalNot: (x) => truth(isFalse(x), isTrue(x)),
  neg: ([low, high]) => [-high, -low],
  reciprocal: ([low, high]) => (low > 0 || high < 0 ? rounded(1 / high, 1 / low) : unknown),
  relu: whole((x) => (x <= 0 ? 0 : x)),
  rsqrt: ([low, high]) => (low > 0 ? widened(1 / Math.sqrt(high), 1 / Math.sqrt(low)) : unknown),
  sigmoid: rising((x) => 1 / (1 + Math.exp(-x))),
  sign: whole(Math.sign),
  sin: wave(Math.sin),
  sqrt: rising(Math.sqrt, 0),
  square,
  tanh: rising(Math.tanh),
  trunc: whole(Math.trunc),
};

function remainder([low, high]: Interval, [size, same]: Interval): Interval {
  if (size !== same || !(size > 0) || !isExact(low) || !isExact(high)) return unknown;
  const [first, last] = [Math.floor(low / size), Math.floor(high / size)];
  return first === last ? rounded(low - first * size, high - last * size) : rounded(0, size);
}

function divided(a: Interval, b: Interval): Interval {
  return b[0] > 0 || b[1] < 0 ? corners(a, b, (x, y) => x / y) : unknown;
}

/** A quotient that backends round up may be the next whole number. */
function floorDiv(a: Interval, b: Interval): Interval {
  const exact = [...a, ...b].every(isExact);
  const [low, high] = exact && (b[0] > 0 || b[1] < 0) ? cornersOf(a, b) : divided(a, b);
  return [Math.floor(low), Math.floor(high)];
}

function cornersOf([a, b]: Interval, [c, d]: Interval): Interval {
  const values = [a / c, a / d, b / c, b / d];
  return [Math.min(...values), Math.max(...values)];
}

function less([a, b]: Interval, [c, d]: Interval): Interval {
  return truth(b < c, a >= d);
}

function lessOrEqual([a, b]: Interval, [c, d]: Interval): Interval {
  return truth(b <= c, a > d);
}

function equal([a, b]: Interval, [c, d]: Interval): Interval {
  return truth(a === b && b === c && c === d, b < c || d < a);
}

const not = (x: Interval): Interval => truth(isFalse(x), isTrue(x));

const binaries: { readonly [N in ScoreBinary]: (a: Interval, b: Interval) => Interval } = {
  add: ([a, b], [c, d]) => rounded(a + c, b + d),
  sub: ([a, b], [c, d]) => rounded(a - d, b - c),
  mul: (a, b) => corners(a, b, (x, y) => x * y),
  div: divided,
  floorDiv,
  remainder,
  pow: (a, b) => (a[0] > 0 ? corners(a, b, (x, y) => x ** y) : unknown),
  maximum: ([a, b], [c, d]) => [Math.max(a, c), Math.max(b, d)],
  minimum: ([a, b], [c, d]) => [Math.min(a, c), Math.min(b, d)],
  eq: equal,
  ne: (a, b) => not(equal(a, b)),
  lt: less,
  le: lessOrEqual,
  gt: (a, b) => less(b, a),
  ge: (a, b) => lessOrEqual(b, a),
  logicalAnd: (a, b) => truth(isTrue(a) && isTrue(b), isFalse(a) || isFalse(b)),
  logicalOr: (a, b) => truth(isTrue(a) || isTrue(b), isFalse(a) && isFalse(b)),
};

/**
 * Whether a mask function is true of all pairs in a box, of none, or neither is known, by interval arithmetic.
 *
 * @param box  what indices are there
 * @see Moore, Kearfott & Cloud 2009, Introduction to Interval Analysis
 */
export function maskVerdict(
  { steps, results }: ScoreProgram,
  box: Readonly<Partial<Record<ScoreSource, Interval>>>,
): "all" | "none" | "unknown" {
  const values: Interval[] = [];
  for (const step of steps) {
    if (step.op === "constant") values.push([Math.fround(step.value), Math.fround(step.value)]);
    else if (step.op === "load") values.push(unknown);
    else if ("x" in step) values.push(unaries[step.op](values[step.x]));
    else if ("cond" in step) {
      const cond = values[step.cond];
      const [a, b] = [values[step.a], values[step.b]];
      values.push(isTrue(cond) ? a : isFalse(cond) ? b : hull(a, b));
    } else if ("a" in step) values.push(binaries[step.op](values[step.a], values[step.b]));
    else values.push(box[step.op] ?? unknown);
  }
  const result = values[results[0]];
  return isTrue(result) ? "all" : isFalse(result) ? "none" : "unknown";
}
