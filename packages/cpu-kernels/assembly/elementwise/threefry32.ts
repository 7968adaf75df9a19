/**
 * Random words of 32 neighbouring elements.
 *
 * Ideas: a round of Threefry waits for the one before, so four groups of four counters run side by side and fill each
 * other's pauses; rotations by whole bytes are shuffles. The words are then put in the order of the elements. Known
 * answers: `threefry.ts`.
 */
import { constant } from "../math/constants";

const LANES: usize = memory.data<i32>([0, 1, 2, 3]);
const UNIT: usize = memory.data<f32>([5.9604644775390625e-8]); // 2^-24

// @ts-ignore: decorator
@inline function mixed(y: v128, x: v128, by: i32): v128 {
  return v128.xor(v128.or(i32x4.shl(y, by), i32x4.shr_u(y, 32 - by)), x);
}

// @ts-ignore: decorator
@inline function mixed16(y: v128, x: v128): v128 {
  return v128.xor(i8x16.shuffle(y, y, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13), x);
}

// @ts-ignore: decorator
@inline function mixed24(y: v128, x: v128): v128 {
  return v128.xor(i8x16.shuffle(y, y, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12), x);
}

/** Words of blocks `block` to `block + 15`, which belong to the elements from `2 block` on: 128 bytes to `to`. */
export function threefry32(key0: i32, key1: i32, block: i32, to: usize): void {
  const key2 = key0 ^ key1 ^ 0x1bd11bda;
  const k0 = i32x4.splat(key0), k1 = i32x4.splat(key1), k2 = i32x4.splat(key2);
  let a = i32x4.add(i32x4.add(v128.load(LANES), i32x4.splat(block)), k0);
  let c = i32x4.add(a, i32x4.splat(4)), e = i32x4.add(a, i32x4.splat(8)), g = i32x4.add(a, i32x4.splat(12));
  let b = k1, d = k1, f = k1, h = k1;

  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 13); d = mixed(d, c, 13); f = mixed(f, e, 13); h = mixed(h, g, 13);
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 15); d = mixed(d, c, 15); f = mixed(f, e, 15); h = mixed(h, g, 15);
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 26); d = mixed(d, c, 26); f = mixed(f, e, 26); h = mixed(h, g, 26);
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 6); d = mixed(d, c, 6); f = mixed(f, e, 6); h = mixed(h, g, 6);
  a = i32x4.add(a, k1); c = i32x4.add(c, k1); e = i32x4.add(e, k1); g = i32x4.add(g, k1);
  const s1 = i32x4.splat(key2 + 1);
  b = i32x4.add(b, s1); d = i32x4.add(d, s1); f = i32x4.add(f, s1); h = i32x4.add(h, s1);

  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 17); d = mixed(d, c, 17); f = mixed(f, e, 17); h = mixed(h, g, 17);
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 29); d = mixed(d, c, 29); f = mixed(f, e, 29); h = mixed(h, g, 29);
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed16(b, a); d = mixed16(d, c); f = mixed16(f, e); h = mixed16(h, g);
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed24(b, a); d = mixed24(d, c); f = mixed24(f, e); h = mixed24(h, g);
  a = i32x4.add(a, k2); c = i32x4.add(c, k2); e = i32x4.add(e, k2); g = i32x4.add(g, k2);
  const s2 = i32x4.splat(key0 + 2);
  b = i32x4.add(b, s2); d = i32x4.add(d, s2); f = i32x4.add(f, s2); h = i32x4.add(h, s2);

  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 13); d = mixed(d, c, 13); f = mixed(f, e, 13); h = mixed(h, g, 13);
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 15); d = mixed(d, c, 15); f = mixed(f, e, 15); h = mixed(h, g, 15);
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 26); d = mixed(d, c, 26); f = mixed(f, e, 26); h = mixed(h, g, 26);
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 6); d = mixed(d, c, 6); f = mixed(f, e, 6); h = mixed(h, g, 6);
  a = i32x4.add(a, k0); c = i32x4.add(c, k0); e = i32x4.add(e, k0); g = i32x4.add(g, k0);
  const s3 = i32x4.splat(key1 + 3);
  b = i32x4.add(b, s3); d = i32x4.add(d, s3); f = i32x4.add(f, s3); h = i32x4.add(h, s3);

  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 17); d = mixed(d, c, 17); f = mixed(f, e, 17); h = mixed(h, g, 17);
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 29); d = mixed(d, c, 29); f = mixed(f, e, 29); h = mixed(h, g, 29);
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed16(b, a); d = mixed16(d, c); f = mixed16(f, e); h = mixed16(h, g);
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed24(b, a); d = mixed24(d, c); f = mixed24(f, e); h = mixed24(h, g);
  a = i32x4.add(a, k1); c = i32x4.add(c, k1); e = i32x4.add(e, k1); g = i32x4.add(g, k1);
  const s4 = i32x4.splat(key2 + 4);
  b = i32x4.add(b, s4); d = i32x4.add(d, s4); f = i32x4.add(f, s4); h = i32x4.add(h, s4);

  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 13); d = mixed(d, c, 13); f = mixed(f, e, 13); h = mixed(h, g, 13);
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 15); d = mixed(d, c, 15); f = mixed(f, e, 15); h = mixed(h, g, 15);
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 26); d = mixed(d, c, 26); f = mixed(f, e, 26); h = mixed(h, g, 26);
  a = i32x4.add(a, b); c = i32x4.add(c, d); e = i32x4.add(e, f); g = i32x4.add(g, h);
  b = mixed(b, a, 6); d = mixed(d, c, 6); f = mixed(f, e, 6); h = mixed(h, g, 6);
  a = i32x4.add(a, k2); c = i32x4.add(c, k2); e = i32x4.add(e, k2); g = i32x4.add(g, k2);
  const s5 = i32x4.splat(key0 + 5);
  b = i32x4.add(b, s5); d = i32x4.add(d, s5); f = i32x4.add(f, s5); h = i32x4.add(h, s5);

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
