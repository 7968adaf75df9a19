import { ArgumentError } from "@saccade/core";

const rules = {
  /** The points and weights that are exact for polynomials of degree 2n - 1. */
  gaussLegendre(n: number): Quadrature {
    const legendre = Array.from({ length: n }, (_, k) => legendreRoot(n, k));
    return {
      points: legendre.map(({ root }) => (1 - root) / 2),
      weights: legendre.map(({ root, slope }) => 1 / ((1 - root * root) * slope * slope)),
    };
  },
  left: (n: number): Quadrature => equal(n, (k) => k / n),
  middle: (n: number): Quadrature => equal(n, (k) => (k + 0.5) / n),
  right: (n: number): Quadrature => equal(n, (k) => (k + 1) / n),
  /** Both ends are points: n of them are n - 1 pieces. */
  trapezoid(n: number): Quadrature {
    if (n < 2)
      throw new ArgumentError(`integratedGradients: the trapezoid rule needs 2 steps at least (got ${n})`);
    const piece = 1 / (n - 1);
    const { points } = equal(n, (k) => k * piece);
    return { points, weights: points.map((_, k) => (k === 0 || k === n - 1 ? piece / 2 : piece)) };
  },
} as const;

/** How an integral over a line is a sum. */
export type QuadratureRule = keyof typeof rules;

/** Points in `[0, 1]`, and weights that sum to 1. */
interface Quadrature {
  readonly points: readonly number[];
  readonly weights: readonly number[];
}

function equal(n: number, point: (k: number) => number): Quadrature {
  return { points: Array.from({ length: n }, (_, k) => point(k)), weights: new Array<number>(n).fill(1 / n) };
}

/** A root of the Legendre polynomial of degree n, from the largest on, and its slope there; by Newton's method. */
function legendreRoot(n: number, k: number): { readonly root: number; readonly slope: number } {
  let root = Math.cos((Math.PI * (k + 0.75)) / (n + 0.5));
  let slope = 1;
  for (let iteration = 0; iteration < 100; iteration++) {
    let [before, value] = [1, root];
    for (let degree = 2; degree <= n; degree++) {
      [before, value] = [value, ((2 * degree - 1) * root * value - (degree - 1) * before) / degree];
    }
    slope = (n * (root * value - before)) / (root * root - 1);
    const step = value / slope;
    root -= step;
    if (Math.abs(step) < 1e-15) break;
  }
  return { root, slope };
}

/** @throws ArgumentError for a rule that is unknown */
export function quadrature(rule: QuadratureRule, n: number): Quadrature {
  if (Object.hasOwn(rules, rule)) return rules[rule](n);
  throw new ArgumentError(
    `integratedGradients: rule must be one of ${Object.keys(rules).join(", ")} (got ${String(rule)})`,
  );
}
