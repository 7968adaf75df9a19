/** Chunk functions of two operands: logic on any dtype, comparisons of bytes. `(x, y, out, count)`, count a multiple of 16. */
import { narrowMasks, oneOrZero } from "./masks";

/** Lane masks of what is not 0. */
// @ts-ignore: decorator
@inline function truthF32(x: v128): v128 {
  return f32x4.ne(x, f32x4.splat(0));
}
// @ts-ignore: decorator
@inline function truthI32(x: v128): v128 {
  return i32x4.ne(x, i32x4.splat(0));
}
// @ts-ignore: decorator
@inline function truthU8(x: v128): v128 {
  return i8x16.ne(x, i8x16.splat(0));
}

// @ts-ignore: decorator
@inline function andF32(x: v128, y: v128): v128 {
  return v128.and(truthF32(x), truthF32(y));
}
export function logicalAndF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = andF32(v128.load(x), v128.load(y));
    const b = andF32(v128.load(x, 16), v128.load(y, 16));
    const c = andF32(v128.load(x, 32), v128.load(y, 32));
    const d = andF32(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

// @ts-ignore: decorator
@inline function orF32(x: v128, y: v128): v128 {
  return v128.or(truthF32(x), truthF32(y));
}
export function logicalOrF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = orF32(v128.load(x), v128.load(y));
    const b = orF32(v128.load(x, 16), v128.load(y, 16));
    const c = orF32(v128.load(x, 32), v128.load(y, 32));
    const d = orF32(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

// @ts-ignore: decorator
@inline function xorF32(x: v128, y: v128): v128 {
  return v128.xor(truthF32(x), truthF32(y));
}
export function logicalXorF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = xorF32(v128.load(x), v128.load(y));
    const b = xorF32(v128.load(x, 16), v128.load(y, 16));
    const c = xorF32(v128.load(x, 32), v128.load(y, 32));
    const d = xorF32(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

// @ts-ignore: decorator
@inline function andI32(x: v128, y: v128): v128 {
  return v128.and(truthI32(x), truthI32(y));
}
export function logicalAndI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = andI32(v128.load(x), v128.load(y));
    const b = andI32(v128.load(x, 16), v128.load(y, 16));
    const c = andI32(v128.load(x, 32), v128.load(y, 32));
    const d = andI32(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

// @ts-ignore: decorator
@inline function orI32(x: v128, y: v128): v128 {
  return v128.or(truthI32(x), truthI32(y));
}
export function logicalOrI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = orI32(v128.load(x), v128.load(y));
    const b = orI32(v128.load(x, 16), v128.load(y, 16));
    const c = orI32(v128.load(x, 32), v128.load(y, 32));
    const d = orI32(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

// @ts-ignore: decorator
@inline function xorI32(x: v128, y: v128): v128 {
  return v128.xor(truthI32(x), truthI32(y));
}
export function logicalXorI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = xorI32(v128.load(x), v128.load(y));
    const b = xorI32(v128.load(x, 16), v128.load(y, 16));
    const c = xorI32(v128.load(x, 32), v128.load(y, 32));
    const d = xorI32(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

// @ts-ignore: decorator
@inline function andU8(x: v128, y: v128): v128 {
  return v128.and(truthU8(x), truthU8(y));
}
export function logicalAndU8(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 16, y += 16, out += 16) {
    v128.store(out, oneOrZero(andU8(v128.load(x), v128.load(y))));
  }
}

// @ts-ignore: decorator
@inline function orU8(x: v128, y: v128): v128 {
  return v128.or(truthU8(x), truthU8(y));
}
export function logicalOrU8(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 16, y += 16, out += 16) {
    v128.store(out, oneOrZero(orU8(v128.load(x), v128.load(y))));
  }
}

// @ts-ignore: decorator
@inline function xorU8(x: v128, y: v128): v128 {
  return v128.xor(truthU8(x), truthU8(y));
}
export function logicalXorU8(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 16, y += 16, out += 16) {
    v128.store(out, oneOrZero(xorU8(v128.load(x), v128.load(y))));
  }
}

export function eqU8(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 16, y += 16, out += 16) {
    v128.store(out, oneOrZero(i8x16.eq(v128.load(x), v128.load(y))));
  }
}

export function neU8(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 16, y += 16, out += 16) {
    v128.store(out, oneOrZero(i8x16.ne(v128.load(x), v128.load(y))));
  }
}

export function ltU8(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 16, y += 16, out += 16) {
    v128.store(out, oneOrZero(i8x16.lt_u(v128.load(x), v128.load(y))));
  }
}

export function leU8(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 16, y += 16, out += 16) {
    v128.store(out, oneOrZero(i8x16.le_u(v128.load(x), v128.load(y))));
  }
}

export function gtU8(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 16, y += 16, out += 16) {
    v128.store(out, oneOrZero(i8x16.gt_u(v128.load(x), v128.load(y))));
  }
}

export function geU8(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 16, y += 16, out += 16) {
    v128.store(out, oneOrZero(i8x16.ge_u(v128.load(x), v128.load(y))));
  }
}
