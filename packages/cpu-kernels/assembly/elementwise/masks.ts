/** One idea: four vectors of 32-bit lane masks become 16 bytes of 0 and 1 by two saturating narrowings. */

const ONES: usize = memory.data<u8>([1]);

/** 16 lanes (all ones or all zeros) as 16 bytes of 1 or 0. */
// @ts-ignore: decorator
@inline export function narrowMasks(a: v128, b: v128, c: v128, d: v128): v128 {
  const low = i16x8.narrow_i32x4_s(a, b);
  const high = i16x8.narrow_i32x4_s(c, d);
  return v128.and(i8x16.narrow_i16x8_s(low, high), v128.load8_splat(ONES));
}

/** 16 byte masks as 16 bytes of 1 or 0. */
// @ts-ignore: decorator
@inline export function oneOrZero(mask: v128): v128 {
  return v128.and(mask, v128.load8_splat(ONES));
}

/** Bytes 0-3 (part 0) to 12-15 (part 3) as 32-bit lane masks: all ones where the byte is not 0. */
// @ts-ignore: decorator
@inline export function widenMask(bytes: v128, part: i32): v128 {
  const mask = i8x16.ne(bytes, i8x16.splat(0));
  const half = part < 2 ? i16x8.extend_low_i8x16_s(mask) : i16x8.extend_high_i8x16_s(mask);
  return part & 1 ? i32x4.extend_high_i16x8_s(half) : i32x4.extend_low_i16x8_s(half);
}

/** Bytes of that part as 32-bit integers. */
// @ts-ignore: decorator
@inline export function widenBytes(bytes: v128, part: i32): v128 {
  const half = part < 2 ? i16x8.extend_low_i8x16_u(bytes) : i16x8.extend_high_i8x16_u(bytes);
  return part & 1 ? i32x4.extend_high_i16x8_u(half) : i32x4.extend_low_i16x8_u(half);
}

/** The low bytes of 16 integers. */
// @ts-ignore: decorator
@inline export function lowBytes(a: v128, b: v128, c: v128, d: v128): v128 {
  const low = i8x16.shuffle(a, b, 0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0);
  const high = i8x16.shuffle(c, d, 0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0);
  return i64x2.replace_lane(low, 1, i64x2.extract_lane(high, 0));
}
