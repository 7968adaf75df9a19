/** 2 / sqrt(pi). */
const TWO_OVER_SQRT_PI = 1.1283791670955126;

/**
 * The error function in f64: its Maclaurin series up to |x| = 3, the continued fraction of erfc beyond.
 *
 * @see Abramowitz & Stegun 1964, 7.1.6 and 7.1.14
 */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (z > 6) return Math.sign(x);
  return z <= 3 ? Math.sign(x) * series(z) : Math.sign(x) * (1 - erfcFraction(z));
}

/** `2/sqrt(pi) exp(-z^2) sum_n 2^n z^(2n+1) / (2n+1)!!`: all terms positive, so nothing cancels. */
function series(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * Math.exp(-z * z) * sum;
}

/** `exp(-z^2)/sqrt(pi) * 1/(z + (1/2)/(z + 1/(z + (3/2)/(z + ...))))`, from the tail. */
function erfcFraction(z: number): number {
  let fraction = z;
  for (let k = 60; k >= 1; k--) fraction = z + k / 2 / fraction;
  return (Math.exp(-z * z) * TWO_OVER_SQRT_PI) / 2 / fraction;
}
