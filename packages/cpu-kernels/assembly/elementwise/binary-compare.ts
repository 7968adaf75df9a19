/** Chunk functions of two operands that answer with a mask (u8). `(x, y, out, count)`, count a multiple of 16. */
import { narrowMasks, oneOrZero } from "./masks";

export function eqF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = f32x4.eq(v128.load(x), v128.load(y));
    const b = f32x4.eq(v128.load(x, 16), v128.load(y, 16));
    const c = f32x4.eq(v128.load(x, 32), v128.load(y, 32));
    const d = f32x4.eq(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

export function neF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = f32x4.ne(v128.load(x), v128.load(y));
    const b = f32x4.ne(v128.load(x, 16), v128.load(y, 16));
    const c = f32x4.ne(v128.load(x, 32), v128.load(y, 32));
    const d = f32x4.ne(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

export function ltF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = f32x4.lt(v128.load(x), v128.load(y));
    const b = f32x4.lt(v128.load(x, 16), v128.load(y, 16));
    const c = f32x4.lt(v128.load(x, 32), v128.load(y, 32));
    const d = f32x4.lt(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

export function leF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = f32x4.le(v128.load(x), v128.load(y));
    const b = f32x4.le(v128.load(x, 16), v128.load(y, 16));
    const c = f32x4.le(v128.load(x, 32), v128.load(y, 32));
    const d = f32x4.le(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

export function gtF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = f32x4.gt(v128.load(x), v128.load(y));
    const b = f32x4.gt(v128.load(x, 16), v128.load(y, 16));
    const c = f32x4.gt(v128.load(x, 32), v128.load(y, 32));
    const d = f32x4.gt(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

export function geF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = f32x4.ge(v128.load(x), v128.load(y));
    const b = f32x4.ge(v128.load(x, 16), v128.load(y, 16));
    const c = f32x4.ge(v128.load(x, 32), v128.load(y, 32));
    const d = f32x4.ge(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

export function eqI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = i32x4.eq(v128.load(x), v128.load(y));
    const b = i32x4.eq(v128.load(x, 16), v128.load(y, 16));
    const c = i32x4.eq(v128.load(x, 32), v128.load(y, 32));
    const d = i32x4.eq(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

export function neI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = i32x4.ne(v128.load(x), v128.load(y));
    const b = i32x4.ne(v128.load(x, 16), v128.load(y, 16));
    const c = i32x4.ne(v128.load(x, 32), v128.load(y, 32));
    const d = i32x4.ne(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

export function ltI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = i32x4.lt_s(v128.load(x), v128.load(y));
    const b = i32x4.lt_s(v128.load(x, 16), v128.load(y, 16));
    const c = i32x4.lt_s(v128.load(x, 32), v128.load(y, 32));
    const d = i32x4.lt_s(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

export function leI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = i32x4.le_s(v128.load(x), v128.load(y));
    const b = i32x4.le_s(v128.load(x, 16), v128.load(y, 16));
    const c = i32x4.le_s(v128.load(x, 32), v128.load(y, 32));
    const d = i32x4.le_s(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

export function gtI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = i32x4.gt_s(v128.load(x), v128.load(y));
    const b = i32x4.gt_s(v128.load(x, 16), v128.load(y, 16));
    const c = i32x4.gt_s(v128.load(x, 32), v128.load(y, 32));
    const d = i32x4.gt_s(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}

export function geI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; x += 64, y += 64, out += 16) {
    const a = i32x4.ge_s(v128.load(x), v128.load(y));
    const b = i32x4.ge_s(v128.load(x, 16), v128.load(y, 16));
    const c = i32x4.ge_s(v128.load(x, 32), v128.load(y, 32));
    const d = i32x4.ge_s(v128.load(x, 48), v128.load(y, 48));
    v128.store(out, narrowMasks(a, b, c, d));
  }
}
