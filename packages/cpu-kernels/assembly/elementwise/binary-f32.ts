/** Chunk functions of two f32 operands. `(x, y, out, count)`, count a multiple of 16. */
import { atan2, hypot } from "../math/atan";
import { floorQuotient, fmodScalar, remainderScalar, truncQuotient } from "../math/division";
import { pick } from "../math/lanes";
import { pow } from "../math/pow";

export function addF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, f32x4.add(v128.load(x), v128.load(y)));
  }
}

export function subF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, f32x4.sub(v128.load(x), v128.load(y)));
  }
}

export function mulF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, f32x4.mul(v128.load(x), v128.load(y)));
  }
}

export function divF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, f32x4.div(v128.load(x), v128.load(y)));
  }
}

export function floorDivF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, floorQuotient(v128.load(x), v128.load(y)));
  }
}

export function truncDivF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, truncQuotient(v128.load(x), v128.load(y)));
  }
}

export function powF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, pow(v128.load(x), v128.load(y)));
  }
}

export function maximumF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, f32x4.max(v128.load(x), v128.load(y)));
  }
}

export function minimumF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, f32x4.min(v128.load(x), v128.load(y)));
  }
}

export function fmaxF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, larger(v128.load(x), v128.load(y)));
  }
}

export function fminF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, smaller(v128.load(x), v128.load(y)));
  }
}

export function atan2F32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, atan2(v128.load(x), v128.load(y)));
  }
}

export function hypotF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, hypot(v128.load(x), v128.load(y)));
  }
}

/** The number where the other is NaN. */
// @ts-ignore: decorator
@inline function larger(x: v128, y: v128): v128 {
  return pick(f32x4.ne(x, x), y, pick(f32x4.ne(y, y), x, f32x4.max(x, y)));
}

// @ts-ignore: decorator
@inline function smaller(x: v128, y: v128): v128 {
  return pick(f32x4.ne(x, x), y, pick(f32x4.ne(y, y), x, f32x4.min(x, y)));
}

export function fmodF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 4, y += 4, out += 4) store<f32>(out, fmodScalar(load<f32>(x), load<f32>(y)));
}

export function remainderF32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 4, y += 4, out += 4) store<f32>(out, remainderScalar(load<f32>(x), load<f32>(y)));
}
