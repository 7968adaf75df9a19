/**
 * One idea: every element becomes a 64-bit word whose upper half orders it (smaller is earlier) and whose lower half
 * is its index. All words differ, so any sort of them is stable, and "largest first" is a complement.
 */

/** A float's place among all floats: -inf to inf, NaN last; -0 equals 0. */
// @ts-ignore: decorator
@inline function floatOrder(x: f32): u32 {
  if (x != x) return 0xffffffff;
  const bits = reinterpret<i32>(x + 0);
  return <u32>(bits ^ ((bits >> 31) | 0x80000000));
}

/** The word of element `index` at `at`; dtype 0 f32, 1 i32, 2 u8. */
// @ts-ignore: decorator
@inline export function orderWord(at: usize, index: i32, dtype: i32, largest: i32): u64 {
  const order = dtype == 0 ? floatOrder(load<f32>(at)) : dtype == 1 ? <u32>(load<i32>(at) ^ 0x80000000) : <u32>load<u8>(at);
  return (<u64>(largest ? ~order : order) << 32) | <u64>(<u32>index);
}
