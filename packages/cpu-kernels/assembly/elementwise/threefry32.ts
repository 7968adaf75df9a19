/**
 * Random words of 32 neighbouring elements.
 *
 * Ideas: a round of Threefry waits for the one before, so four groups of four counters run side by side and fill each
 * other's pauses (the loop keeps the optimiser from lining them up one after the other); rotations by whole bytes are
 * shuffles. The words are then put in the order of the elements.
 */
import { constant } from "../math/constants";

const LANES: usize = memory.data<i32>([0, 1, 2, 3]);
const UNIT: usize = memory.data<f32>([5.9604644775390625e-8]); // 2^-24

/** Bytes of a key schedule: what is added before the first round, and after every fourth. */
export const SCHEDULE_BYTES: usize = 192;

/** Writes the key schedule: six pairs of vectors. */
export function writeSchedule(key0: i32, key1: i32, at: usize): void {
  const key2 = key0 ^ key1 ^ 0x1bd11bda;
  writePair(at, key0, key1);
  writePair(at + 32, key1, key2 + 1);
  writePair(at + 64, key2, key0 + 2);
  writePair(at + 96, key0, key1 + 3);
  writePair(at + 128, key1, key2 + 4);
  writePair(at + 160, key2, key0 + 5);
}

// @ts-ignore: decorator
@inline function writePair(at: usize, x: i32, y: i32): void {
  v128.store(at, i32x4.splat(x));
  v128.store(at, i32x4.splat(y), 16);
}

// @ts-ignore: decorator
@inline export function mixed(y: v128, x: v128, by: i32): v128 {
  return v128.xor(v128.or(i32x4.shl(y, by), i32x4.shr_u(y, 32 - by)), x);
}

/** How bytes move when words are rotated by 16 and by 24: a shuffle with a constant order has V8 make it anew each time. */
export const BY_16: usize = memory.data<u8>([2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13]);
export const BY_24: usize = memory.data<u8>([1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12]);

// @ts-ignore: decorator
@inline export function moved(y: v128, x: v128, order: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.xor(i8x16.relaxed_swizzle(y, order), x);
  return v128.xor(i8x16.swizzle(y, order), x);
}

/** Words of blocks `block` to `block + 15`, which belong to the elements from `2 block` on: 128 bytes to `to`. */
export function threefry32(schedule: usize, block: i32, to: usize): void {
  const first = v128.load(schedule), by16 = v128.load(BY_16), by24 = v128.load(BY_24);
  let a = i32x4.add(i32x4.add(v128.load(LANES), i32x4.splat(block)), first);
  let c = i32x4.add(i32x4.add(v128.load(LANES), i32x4.splat(block + 4)), first);
  let e = i32x4.add(i32x4.add(v128.load(LANES), i32x4.splat(block + 8)), first);
  let g = i32x4.add(i32x4.add(v128.load(LANES), i32x4.splat(block + 12)), first);
  let b = v128.load(schedule, 16), d = b, f = b, h = b;
  let odd = 0;
  for (let keys = schedule + 32; keys < schedule + SCHEDULE_BYTES; keys += 32) {
    if (odd) {
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
      b = mixed(b, a, 17); d = mixed(d, c, 17); f = mixed(f, e, 17); h = mixed(h, g, 17);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
      b = mixed(b, a, 29); d = mixed(d, c, 29); f = mixed(f, e, 29); h = mixed(h, g, 29);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
      b = moved(b, a, by16); d = moved(d, c, by16); f = moved(f, e, by16); h = moved(h, g, by16);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
      b = moved(b, a, by24); d = moved(d, c, by24); f = moved(f, e, by24); h = moved(h, g, by24);
    } else {
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
      b = mixed(b, a, 13); d = mixed(d, c, 13); f = mixed(f, e, 13); h = mixed(h, g, 13);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
      b = mixed(b, a, 15); d = mixed(d, c, 15); f = mixed(f, e, 15); h = mixed(h, g, 15);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
      b = mixed(b, a, 26); d = mixed(d, c, 26); f = mixed(f, e, 26); h = mixed(h, g, 26);
      a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
      b = mixed(b, a, 6); d = mixed(d, c, 6); f = mixed(f, e, 6); h = mixed(h, g, 6);
    }
    const x = v128.load(keys), y = v128.load(keys, 16);
    a = i32x4.add(a, x); c = i32x4.add(c, x); e = i32x4.add(e, x); g = i32x4.add(g, x);
    b = i32x4.add(b, y); d = i32x4.add(d, y); f = i32x4.add(f, y); h = i32x4.add(h, y);
    odd ^= 1;
  }
  interleave(a, b, to);
  interleave(c, d, to + 32);
  interleave(e, f, to + 64);
  interleave(g, h, to + 96);
}

/** First and second words of four blocks as eight elements. */
// @ts-ignore: decorator
@inline export function interleave(a: v128, b: v128, to: usize): void {
  v128.store(to, i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23));
  v128.store(to, i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31), 16);
}

/** Words as uniforms in [0, 1): the upper 24 bits over 2^24. */
// @ts-ignore: decorator
@inline export function uniforms(words: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(words, 8)), constant(UNIT, 0));
}
