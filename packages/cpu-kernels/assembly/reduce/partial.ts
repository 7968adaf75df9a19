/**
 * One idea: whatever is reduced, a partial result is one 64-bit word (a double, or an integer), and partials combine
 * in the order of the elements. So long rows can be cut into segments that any thread computes.
 */
import { maxF32, minF32, prodF32, sumF32, sumSquaresF32 } from "./row-f32";
import { maxI32, minI32, prodI32, sumI32 } from "./row-i32";

/** Kinds of reduction. `any` and `all` are the maximum and minimum of 0 and 1. */
export const SUM: i32 = 0;
export const PROD: i32 = 1;
export const MAX: i32 = 2;
export const MIN: i32 = 3;
export const SUM_SQUARES: i32 = 4;
export const INTEGER: i32 = 8;

/** The partial of `count` > 0 contiguous elements. */
export function partialOf(kind: i32, x: usize, count: i32): u64 {
  switch (kind) {
    case SUM: return reinterpret<u64>(sumF32(x, count));
    case PROD: return reinterpret<u64>(prodF32(x, count));
    case MAX: return reinterpret<u64>(<f64>maxF32(x, count));
    case MIN: return reinterpret<u64>(<f64>minF32(x, count));
    case SUM_SQUARES: return reinterpret<u64>(sumSquaresF32(x, count));
    case INTEGER + SUM: return <u64>sumI32(x, count);
    case INTEGER + PROD: return <u64>prodI32(x, count);
    case INTEGER + MAX: return <u64>maxI32(x, count);
    default: return <u64>minI32(x, count);
  }
}

/** NaN wins. */
export function combine(kind: i32, a: u64, b: u64): u64 {
  const x = reinterpret<f64>(a);
  const y = reinterpret<f64>(b);
  switch (kind) {
    case SUM:
    case SUM_SQUARES: return reinterpret<u64>(x + y);
    case PROD: return reinterpret<u64>(x * y);
    case MAX: return reinterpret<u64>(max(x, y));
    case MIN: return reinterpret<u64>(min(x, y));
    case INTEGER + SUM: return a + b;
    case INTEGER + PROD: return a * b;
    case INTEGER + MAX: return <u64>max(<i32>a, <i32>b);
    default: return <u64>min(<i32>a, <i32>b);
  }
}

/** Stores a partial as element `index` of the output; dtype 0 f32, 1 i32, 2 u8. */
// @ts-ignore: decorator
@inline export function finish(value: u64, out: usize, index: i32, dtype: i32): void {
  if (dtype == 0) store<f32>(out + (<usize>index << 2), <f32>reinterpret<f64>(value));
  else if (dtype == 1) store<i32>(out + (<usize>index << 2), <i32>value);
  else store<u8>(out + <usize>index, <u8>value);
}
