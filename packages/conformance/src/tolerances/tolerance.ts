/**
 * How near an output must be to what the oracle says.
 *
 * `bits`: the expected number, rounded to the output's dtype, bit for bit (all NaN are one).
 * `equal`: the same, but zeros of either sign are equal.
 */
export type Tolerance = "bits" | "equal" | Closeness;

/**
 * `|got - expected| <= ulps ulp(expected) + floor eps scale`, where eps is 2^-23 for f32 and the expected number is not
 * rounded: a correctly rounded result has an error of half a ulp. NaN and infinities must be where they are expected.
 */
export interface Closeness {
  /** Units in the last place of the expected value: the relative part. */
  readonly ulps: number;
  /** The absolute part, in machine epsilons of the scale. */
  readonly floor: number;
  /** Of what: the largest expected element of the output, or, per element, the sum of the terms' absolute values. */
  readonly scale: "largest" | "magnitude";
}

/** Relative error alone. */
export function ulps(count: number): Tolerance {
  return { ulps: count, floor: 0, scale: "largest" };
}

/** Relative error, and a floor that the largest element sets. */
export function near(count: number, floor: number): Tolerance {
  return { ulps: count, floor, scale: "largest" };
}

/** A sum: its error is relative to its terms, not to what is left of them. */
export function summed(floor: number): Tolerance {
  return { ulps: 1, floor, scale: "magnitude" };
}
