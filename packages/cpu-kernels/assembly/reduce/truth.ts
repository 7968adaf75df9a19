/** Chunks as 32-bit integers: bytes as they are, or anything as 1 where it is not 0. */

export const WIDEN: i32 = 1;
export const TRUTH_F32: i32 = 2;
export const TRUTH_I32: i32 = 3;
export const TRUTH_U8: i32 = 4;

export function toTruth(conversion: i32, x: usize, y: usize, count: i32): void {
  const end = y + (<usize>count << 2);
  if (conversion == WIDEN) for (; y < end; ++x, y += 4) store<i32>(y, load<u8>(x));
  else if (conversion == TRUTH_F32) for (; y < end; x += 4, y += 4) store<i32>(y, i32(load<f32>(x) != 0));
  else if (conversion == TRUTH_I32) for (; y < end; x += 4, y += 4) store<i32>(y, i32(load<i32>(x) != 0));
  else for (; y < end; ++x, y += 4) store<i32>(y, i32(load<u8>(x) != 0));
}
