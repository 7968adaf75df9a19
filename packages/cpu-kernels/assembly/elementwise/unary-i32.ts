/**
 * Chunk functions of one integer operand. `(x, y, count)`, count a multiple of 16. Results wrap to 32 bits; the
 * parameters are INT_A and INT_B.
 */
import { INT_A, INT_B } from "./operands";

// @ts-ignore: decorator
@inline function zero(): v128 {
  return i32x4.splat(0);
}

export function absI32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, i32x4.abs(v128.load(x)));
}

export function negI32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, i32x4.neg(v128.load(x)));
}

export function squareI32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) {
    const v = v128.load(x);
    v128.store(y, i32x4.mul(v, v));
  }
}

export function signI32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) {
    const v = v128.load(x);
    v128.store(y, i32x4.sub(i32x4.lt_s(v, zero()), i32x4.gt_s(v, zero())));
  }
}

export function reluI32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, i32x4.max_s(v128.load(x), zero()));
}

export function affineI32(x: usize, y: usize, count: i32): void {
  const a = v128.load32_splat(INT_A);
  const b = v128.load32_splat(INT_B);
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) {
    v128.store(y, i32x4.add(i32x4.mul(v128.load(x), a), b));
  }
}

export function clampI32(x: usize, y: usize, count: i32): void {
  const a = v128.load32_splat(INT_A);
  const b = v128.load32_splat(INT_B);
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) {
    v128.store(y, i32x4.min_s(i32x4.max_s(v128.load(x), a), b));
  }
}

/** Also for bytes: count is in elements of 4 bytes there. */
export function bitNotI32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, v128.not(v128.load(x)));
}

export function bitNotU8(x: usize, y: usize, count: i32): void {
  bitNotI32(x, y, count >> 2);
}

/** What rounds changes no integer. */
export function sameI32(x: usize, y: usize, count: i32): void {
  memory.copy(y, x, <usize>count << 2);
}

export function sameU8(x: usize, y: usize, count: i32): void {
  memory.copy(y, x, <usize>count);
}

/** `x^INT_A`, wrapping; a negative exponent gives 0 except for 1 and -1. */
export function powI32(x: usize, y: usize, count: i32): void {
  const exponent = load<i32>(INT_A);
  for (const end = x + (<usize>count << 2); x < end; x += 4, y += 4) store<i32>(y, integerPower(load<i32>(x), exponent));
}

/** By repeated squaring. */
export function integerPower(base: i32, exponent: i32): i32 {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent & 1 ? -1 : 1) : 0;
  let result = 1;
  for (; exponent; exponent >>= 1, base *= base) if (exponent & 1) result *= base;
  return result;
}
