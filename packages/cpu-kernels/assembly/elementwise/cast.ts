/** One idea: seven conversions of contiguous chunks; strides on either side are staged. */
import { parallel } from "../pool";
import { apply1 } from "./chunks";
import { narrowMasks, oneOrZero, widenBytes } from "./masks";
import { CHUNK, COUNT, FUNCTION, TILE, deliver, inputShift, operand, padding, prepare, target } from "./operands";

/** Slot 0 to slot 1; dtypes: 0 f32, 1 i32, 2 u8. */
export function cast(from: i32, to: i32): void {
  store<i32>(FUNCTION, conversion(from, to));
  const count = load<i32>(COUNT);
  parallel(castTile.index, (count + TILE - 1) / TILE, <f64>count * 2);
}

function conversion(from: i32, to: i32): i32 {
  if (from == 0) return to == 0 ? same.index : to == 1 ? f32ToI32.index : f32ToU8.index;
  if (from == 1) return to == 0 ? i32ToF32.index : to == 1 ? same.index : i32ToU8.index;
  return to == 0 ? u8ToF32.index : to == 1 ? u8ToI32.index : u8ToU8.index;
}

function castTile(tile: i32, thread: i32): void {
  const index = load<i32>(FUNCTION);
  const end = min(load<i32>(COUNT), (tile + 1) * TILE);
  let at = tile * TILE;
  prepare(0, thread, end - at);
  for (; at < end; at += CHUNK) {
    const count = min(CHUNK, end - at);
    const x = operand(0, thread, at, count);
    apply1(index, x, inputShift(0), target(1, thread, at), inputShift(1), count, padding(thread));
    deliver(1, thread, at, count);
  }
}

/** For f32 and i32. */
function same(x: usize, y: usize, count: i32): void {
  memory.copy(y, x, <usize>count << 2);
}

/** Towards zero; saturates, NaN gives 0. */
function f32ToI32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) {
    v128.store(y, i32x4.trunc_sat_f32x4_s(v128.load(x)));
  }
}

function i32ToF32(x: usize, y: usize, count: i32): void {
  for (const end = x + (<usize>count << 2); x < end; x += 16, y += 16) {
    v128.store(y, f32x4.convert_i32x4_s(v128.load(x)));
  }
}

// @ts-ignore: decorator
@inline function truth(x: v128): v128 {
  return f32x4.ne(x, f32x4.splat(0));
}
// @ts-ignore: decorator
@inline function truthInt(x: v128): v128 {
  return i32x4.ne(x, i32x4.splat(0));
}

/** NaN is not 0. */
function f32ToU8(x: usize, y: usize, count: i32): void {
  for (const end = y + count; y < end; x += 64, y += 16) {
    v128.store(y, narrowMasks(truth(v128.load(x)), truth(v128.load(x, 16)), truth(v128.load(x, 32)), truth(v128.load(x, 48))));
  }
}

function i32ToU8(x: usize, y: usize, count: i32): void {
  for (const end = y + count; y < end; x += 64, y += 16) {
    v128.store(
      y,
      narrowMasks(truthInt(v128.load(x)), truthInt(v128.load(x, 16)), truthInt(v128.load(x, 32)), truthInt(v128.load(x, 48))),
    );
  }
}

function u8ToU8(x: usize, y: usize, count: i32): void {
  for (const end = y + count; y < end; x += 16, y += 16) v128.store(y, oneOrZero(i8x16.ne(v128.load(x), i8x16.splat(0))));
}

export function u8ToI32(x: usize, y: usize, count: i32): void {
  for (const end = x + count; x < end; x += 16, y += 64) {
    const bytes = v128.load(x);
    v128.store(y, widenBytes(bytes, 0));
    v128.store(y, widenBytes(bytes, 1), 16);
    v128.store(y, widenBytes(bytes, 2), 32);
    v128.store(y, widenBytes(bytes, 3), 48);
  }
}

function u8ToF32(x: usize, y: usize, count: i32): void {
  for (const end = x + count; x < end; x += 16, y += 64) {
    const bytes = v128.load(x);
    v128.store(y, f32x4.convert_i32x4_s(widenBytes(bytes, 0)));
    v128.store(y, f32x4.convert_i32x4_s(widenBytes(bytes, 1)), 16);
    v128.store(y, f32x4.convert_i32x4_s(widenBytes(bytes, 2)), 32);
    v128.store(y, f32x4.convert_i32x4_s(widenBytes(bytes, 3)), 48);
  }
}
