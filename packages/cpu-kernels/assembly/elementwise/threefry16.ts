/**
 * Random words of 16 neighbouring elements.
 *
 * Idea: a round of Threefry waits for the one before, so two groups of four counters run side by side and fill each
 * other's pauses; the words are then put in the order of the elements. Known answers: `threefry.ts`.
 */
import { constant } from "../math/constants";

const LANES: usize = memory.data<i32>([0, 1, 2, 3]);
const UNIT: usize = memory.data<f32>([5.9604644775390625e-8]); // 2^-24

// @ts-ignore: decorator
@inline function mixed(y: v128, x: v128, by: i32): v128 {
  return v128.xor(v128.or(i32x4.shl(y, by), i32x4.shr_u(y, 32 - by)), x);
}

/** Words of blocks `block` to `block + 7`, which belong to the elements from `2 block` on: 64 bytes to `to`. */
export function threefry16(key0: i32, key1: i32, block: i32, to: usize): void {
  const key2 = key0 ^ key1 ^ 0x1bd11bda;
  const k0 = i32x4.splat(key0);
  const k1 = i32x4.splat(key1);
  const k2 = i32x4.splat(key2);
  let a = i32x4.add(i32x4.add(v128.load(LANES), i32x4.splat(block)), k0);
  let c = i32x4.add(a, i32x4.splat(4));
  let b = k1;
  let d = k1;

  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 13);
  d = mixed(d, c, 13);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 15);
  d = mixed(d, c, 15);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 26);
  d = mixed(d, c, 26);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 6);
  d = mixed(d, c, 6);
  a = i32x4.add(a, k1);
  c = i32x4.add(c, k1);
  b = i32x4.add(b, i32x4.splat(key2 + 1));
  d = i32x4.add(d, i32x4.splat(key2 + 1));

  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 17);
  d = mixed(d, c, 17);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 29);
  d = mixed(d, c, 29);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 16);
  d = mixed(d, c, 16);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 24);
  d = mixed(d, c, 24);
  a = i32x4.add(a, k2);
  c = i32x4.add(c, k2);
  b = i32x4.add(b, i32x4.splat(key0 + 2));
  d = i32x4.add(d, i32x4.splat(key0 + 2));

  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 13);
  d = mixed(d, c, 13);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 15);
  d = mixed(d, c, 15);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 26);
  d = mixed(d, c, 26);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 6);
  d = mixed(d, c, 6);
  a = i32x4.add(a, k0);
  c = i32x4.add(c, k0);
  b = i32x4.add(b, i32x4.splat(key1 + 3));
  d = i32x4.add(d, i32x4.splat(key1 + 3));

  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 17);
  d = mixed(d, c, 17);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 29);
  d = mixed(d, c, 29);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 16);
  d = mixed(d, c, 16);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 24);
  d = mixed(d, c, 24);
  a = i32x4.add(a, k1);
  c = i32x4.add(c, k1);
  b = i32x4.add(b, i32x4.splat(key2 + 4));
  d = i32x4.add(d, i32x4.splat(key2 + 4));

  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 13);
  d = mixed(d, c, 13);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 15);
  d = mixed(d, c, 15);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 26);
  d = mixed(d, c, 26);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = mixed(b, a, 6);
  d = mixed(d, c, 6);
  a = i32x4.add(a, k2);
  c = i32x4.add(c, k2);
  b = i32x4.add(b, i32x4.splat(key0 + 5));
  d = i32x4.add(d, i32x4.splat(key0 + 5));

  interleave(a, b, to);
  interleave(c, d, to + 32);
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
