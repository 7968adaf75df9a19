/**
 * `ψ(x) = d/dx log Γ(x)` for `x > 0`: upwards by `ψ(x) = ψ(x + 1) - 1/x`, then the asymptotic series in
 * `1/(x - ½)` (Abramowitz and Stegun, 6.3.5 and 6.3.18, shifted by a half); below 1e-10 off.
 */
export function digamma(x: number): number {
  let at = x;
  let sum = 0;
  for (; at < 7; at++) sum -= 1 / at;
  at -= 0.5;
  const square = 1 / at / at;
  const series = 1 / 24 - square * (7 / 960 - square * (31 / 8064 - square * (127 / 30720)));
  return sum + Math.log(at) + square * series;
}
