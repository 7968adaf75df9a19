/**
 * Chunk functions of two integer operands. `(x, y, out, count)`, count a multiple of 16. Results wrap; a division by
 * zero gives 0, and the lowest number over -1 itself: nothing traps.
 */
import { integerPower } from "./unary-i32";

export function addI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, i32x4.add(v128.load(x), v128.load(y)));
  }
}

export function subI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, i32x4.sub(v128.load(x), v128.load(y)));
  }
}

export function mulI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, i32x4.mul(v128.load(x), v128.load(y)));
  }
}

export function maximumI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, i32x4.max_s(v128.load(x), v128.load(y)));
  }
}

export function minimumI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, i32x4.min_s(v128.load(x), v128.load(y)));
  }
}

export function bitAndI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, v128.and(v128.load(x), v128.load(y)));
  }
}

export function bitOrI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, v128.or(v128.load(x), v128.load(y)));
  }
}

export function bitXorI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16, out += 16) {
    v128.store(out, v128.xor(v128.load(x), v128.load(y)));
  }
}

export function truncDivI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 4, y += 4, out += 4) store<i32>(out, truncDiv(load<i32>(x), load<i32>(y)));
}

export function floorDivI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 4, y += 4, out += 4) store<i32>(out, floorDiv(load<i32>(x), load<i32>(y)));
}

export function fmodI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 4, y += 4, out += 4) store<i32>(out, fmod(load<i32>(x), load<i32>(y)));
}

export function remainderI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 4, y += 4, out += 4) store<i32>(out, remainder(load<i32>(x), load<i32>(y)));
}

export function powI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 4, y += 4, out += 4) store<i32>(out, integerPower(load<i32>(x), load<i32>(y)));
}

export function shiftLeftI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 4, y += 4, out += 4) store<i32>(out, load<i32>(x) << load<i32>(y));
}

export function shiftRightI32(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 4, y += 4, out += 4) store<i32>(out, load<i32>(x) >> load<i32>(y));
}

// @ts-ignore: decorator
@inline function truncDiv(x: i32, y: i32): i32 {
  if (y == 0) return 0;
  return y == -1 ? -x : x / y;
}

// @ts-ignore: decorator
@inline function fmod(x: i32, y: i32): i32 {
  return y == 0 || y == -1 ? 0 : x % y;
}

// @ts-ignore: decorator
@inline function floorDiv(x: i32, y: i32): i32 {
  const rest = fmod(x, y);
  return truncDiv(x, y) - i32(rest != 0 && rest < 0 != y < 0);
}

// @ts-ignore: decorator
@inline function remainder(x: i32, y: i32): i32 {
  const rest = fmod(x, y);
  return rest != 0 && rest < 0 != y < 0 ? rest + y : rest;
}

export function bitAndU8(x: usize, y: usize, out: usize, count: i32): void {
  bitAndI32(x, y, out, count >> 2);
}

export function bitOrU8(x: usize, y: usize, out: usize, count: i32): void {
  bitOrI32(x, y, out, count >> 2);
}

export function bitXorU8(x: usize, y: usize, out: usize, count: i32): void {
  bitXorI32(x, y, out, count >> 2);
}

export function shiftLeftU8(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + <usize>count; x < end; x += 1, y += 1, out += 1) store<u8>(out, <i32>load<u8>(x) << (load<u8>(y) & 31));
}

export function shiftRightU8(x: usize, y: usize, out: usize, count: i32): void {
  for (const end = x + <usize>count; x < end; x += 1, y += 1, out += 1) store<u8>(out, <i32>load<u8>(x) >> (load<u8>(y) & 31));
}
