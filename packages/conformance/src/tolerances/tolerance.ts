/**
 * How near an output must be to what the oracle says.
 *
 * `bits`: the expected number, rounded to the output's dtype, bit for bit (all NaN are one).
 * `equal`: the same, but zeros of either sign are equal.
 */
export type Tolerance = "bits" | "equal" | Closeness;

/**
 * `|got - expected| <= ulps ulp(expected) + floor eps magnitude`, where eps is 2^-23 for f32 and the expected number is
 * not rounded: a correctly rounded result has an error of half a ulp. The magnitude of an element is what its terms
 * amount to if nothing cancels (see `oracle/magnitudes.ts`): the error of a sum is relative to what it adds up, not to
 * what is left of that. NaN and infinities must be where they are expected.
 *
 * f16 is computed in f32: the same bound, and half a unit in the last place of f16 for the rounding.
 */
export interface Closeness {
  /** Units in the last place of the expected value. */
  readonly ulps: number;
  /** Machine epsilons of the magnitude. */
  readonly floor: number;
}

/** Relative error alone. */
export function ulps(count: number): Closeness {
  return { ulps: count, floor: 0 };
}

/** What is computed with terms that cancel. */
export function near(count: number, floor: number): Closeness {
  return { ulps: count, floor };
}

/** A sum, rounded once more at the end. */
export function summed(floor: number): Closeness {
  return { ulps: 1, floor };
}
