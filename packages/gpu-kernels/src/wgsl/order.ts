import type { DType } from "@saccade/core/backend";

/**
 * `orderKey(x)`: numbers as u32 in their order, -0 equal to 0, NaN above all. `reversed`: the other way round, but NaN
 * is above all still.
 */
export function orderKey(dtype: DType, reversed: boolean): string {
  const flip = reversed ? "~" : "";
  if (dtype === "u8") return `fn orderKey(x: u32) -> u32 { return ${flip}x; }\n`;
  if (dtype === "i32")
    return `fn orderKey(x: i32) -> u32 { return ${flip}(bitcast<u32>(x) ^ 0x80000000u); }\n`;
  return `fn orderKey(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) { return 0xffffffffu; }
  if ((bits & 0x7fffffffu) == 0u) { return ${flip}0x80000000u; }
  return ${flip}select(bits ^ 0x80000000u, ~bits, (bits >> 31u) == 1u);
}
`;
}
