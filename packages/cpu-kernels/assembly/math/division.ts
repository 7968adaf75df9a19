/**
 * Quotients rounded to integers, and remainders.
 *
 * Idea: two floats divide in double precision closely enough that floor and trunc are those of the exact quotient but
 * for the last integer, and `x - q y` is exact in double while |q| < 2^29: one correction makes it the true remainder.
 */
import { fromDoubles, highDoubles, lowDoubles } from "./lanes";

// @ts-ignore: decorator
@inline function quotient(x: v128, y: v128): v128 {
  return f64x2.div(x, y);
}

/** `floor(x / y)`. */
// @ts-ignore: decorator
@inline export function floorQuotient(x: v128, y: v128): v128 {
  const low = quotient(lowDoubles(x), lowDoubles(y));
  const high = quotient(highDoubles(x), highDoubles(y));
  return fromDoubles(f64x2.floor(low), f64x2.floor(high));
}

/** `trunc(x / y)`. */
// @ts-ignore: decorator
@inline export function truncQuotient(x: v128, y: v128): v128 {
  const low = quotient(lowDoubles(x), lowDoubles(y));
  const high = quotient(highDoubles(x), highDoubles(y));
  return fromDoubles(f64x2.trunc(low), f64x2.trunc(high));
}

/** The remainder with the sign of the dividend, exactly; a zero keeps the dividend's sign. */
export function fmodScalar(x: f32, y: f32): f32 {
  const a = <f64>abs(x);
  const b = <f64>abs(y);
  if (b == Infinity) return a < b ? x : NaN;
  const q = trunc(a / b);
  if (!(q < 536870912)) return NativeMathf.mod(x, y);
  let r = a - q * b;
  if (r < 0) r += b;
  else if (r >= b) r -= b;
  return copysign(<f32>r, x);
}

/** The remainder with the sign of the divisor (Python's %). */
export function remainderScalar(x: f32, y: f32): f32 {
  const r = fmodScalar(x, y);
  return r != 0 && r < 0 != y < 0 ? r + y : r;
}
