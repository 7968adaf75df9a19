/** Chunk functions of one f32 operand: arithmetic and rounding. `(x, y, count)`, count a multiple of 16. */
import { constant } from "../math/constants";
import { pick, withSign } from "../math/lanes";
import { madd } from "../simd";
import { A, B } from "./operands";

const ONE: usize = memory.data<f32>([1]);

export function absF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, f32x4.abs(v128.load(x)));
}

export function negF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, f32x4.neg(v128.load(x)));
}

export function affineF32(x: usize, y: usize, count: i32): void {
  const a = v128.load32_splat(A);
  const b = v128.load32_splat(B);
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, madd(v128.load(x), a, b));
}

/** NaN passes. */
export function clampF32(x: usize, y: usize, count: i32): void {
  const a = v128.load32_splat(A);
  const b = v128.load32_splat(B);
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, f32x4.pmin(f32x4.pmax(v128.load(x), a), b));
}

export function squareF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, square(v128.load(x)));
}

export function reciprocalF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, f32x4.div(constant(ONE, 0), v128.load(x)));
}

export function sqrtF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, f32x4.sqrt(v128.load(x)));
}

export function rsqrtF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, f32x4.div(constant(ONE, 0), f32x4.sqrt(v128.load(x))));
}

export function ceilF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, f32x4.ceil(v128.load(x)));
}

export function floorF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, f32x4.floor(v128.load(x)));
}

/** Half to even. */
export function roundF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, f32x4.nearest(v128.load(x)));
}

export function truncF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, f32x4.trunc(v128.load(x)));
}

export function signF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) v128.store(y, sign(v128.load(x)));
}

// @ts-ignore: decorator
@inline function square(x: v128): v128 {
  return f32x4.mul(x, x);
}

/** NaN and zeros stay what they are. */
// @ts-ignore: decorator
@inline function sign(x: v128): v128 {
  const ordered = v128.or(f32x4.lt(x, f32x4.splat(0)), f32x4.gt(x, f32x4.splat(0)));
  return pick(ordered, withSign(constant(ONE, 0), x), x);
}
