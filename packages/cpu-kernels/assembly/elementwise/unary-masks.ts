/** Chunk functions of one operand that answer with a mask (u8). `(x, y, count)`, count a multiple of 16. */
import { constant } from "../math/constants";
import { narrowMasks, oneOrZero } from "./masks";

const INFINITE: usize = memory.data<f32>([Infinity]);

// @ts-ignore: decorator
@inline function isNan(x: v128): v128 {
  return f32x4.ne(x, x);
}
// @ts-ignore: decorator
@inline function isInf(x: v128): v128 {
  return f32x4.eq(f32x4.abs(x), constant(INFINITE, 0));
}
// @ts-ignore: decorator
@inline function isFinite(x: v128): v128 {
  return f32x4.lt(f32x4.abs(x), constant(INFINITE, 0));
}
// @ts-ignore: decorator
@inline function isZero(x: v128): v128 {
  return f32x4.eq(x, f32x4.splat(0));
}
// @ts-ignore: decorator
@inline function isZeroInt(x: v128): v128 {
  return i32x4.eq(x, i32x4.splat(0));
}

export function isNanF32(x: usize, y: usize, count: i32): void {
  for (const end = y + count; y < end; x += 64, y += 16) {
    v128.store(y, narrowMasks(isNan(v128.load(x)), isNan(v128.load(x, 16)), isNan(v128.load(x, 32)), isNan(v128.load(x, 48))));
  }
}

export function isInfF32(x: usize, y: usize, count: i32): void {
  for (const end = y + count; y < end; x += 64, y += 16) {
    v128.store(y, narrowMasks(isInf(v128.load(x)), isInf(v128.load(x, 16)), isInf(v128.load(x, 32)), isInf(v128.load(x, 48))));
  }
}

export function isFiniteF32(x: usize, y: usize, count: i32): void {
  for (const end = y + count; y < end; x += 64, y += 16) {
    v128.store(y, narrowMasks(isFinite(v128.load(x)), isFinite(v128.load(x, 16)), isFinite(v128.load(x, 32)), isFinite(v128.load(x, 48))));
  }
}

export function logicalNotF32(x: usize, y: usize, count: i32): void {
  for (const end = y + count; y < end; x += 64, y += 16) {
    v128.store(y, narrowMasks(isZero(v128.load(x)), isZero(v128.load(x, 16)), isZero(v128.load(x, 32)), isZero(v128.load(x, 48))));
  }
}

export function logicalNotI32(x: usize, y: usize, count: i32): void {
  for (const end = y + count; y < end; x += 64, y += 16) {
    v128.store(y, narrowMasks(isZeroInt(v128.load(x)), isZeroInt(v128.load(x, 16)), isZeroInt(v128.load(x, 32)), isZeroInt(v128.load(x, 48))));
  }
}

export function logicalNotU8(x: usize, y: usize, count: i32): void {
  for (const end = y + count; y < end; x += 16, y += 16) v128.store(y, oneOrZero(i8x16.eq(v128.load(x), i8x16.splat(0))));
}

/** `isNan` and `isInf` of integers. */
export function never(_x: usize, y: usize, count: i32): void {
  memory.fill(y, 0, count);
}

/** `isFinite` of integers. */
export function always(_x: usize, y: usize, count: i32): void {
  memory.fill(y, 1, count);
}
