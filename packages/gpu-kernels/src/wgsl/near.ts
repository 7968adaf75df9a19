import type { WgslFunctions } from "./library.ts";

/** Functions for the loops over rows: four elements at once, near enough for what is summed and divided there. */
export const nearFunctions: WgslFunctions = {
  /*
   * e^x for x <= 88: 2^n 2^f, n = round(x log2 e), |f| <= 1/2; relative error 2^-23 where `fma` is fused, as in hardware,
   * else (2 + 0.7 |x|) 2^-23. Below -88 it is 0 (or subnormal); of NaN it is anything. Adding 1.5 * 2^23 leaves n in the low
   * bits; the way back leads over integers and a uniform, because a compiler that reorders sums would drop it.
   */
  expNear: {
    code: `fn expNear(x: vec4<f32>) -> vec4<f32> {
  let c = max(x, vec4<f32>(-100.0));
  let bits = bitcast<vec4<u32>>(c * 1.4426950216 + 12582912.0);
  let n = bitcast<vec4<f32>>(bits | vec4<u32>(P.infinityBits & 1u)) - 12582912.0;
  let f = fma(c, vec4<f32>(1.925963e-8), fma(c, vec4<f32>(1.4426950216), -n));
  var p = 0.0001535336341476068 * f + 0.0013398875016719103;
  p = p * f + 0.00961843691766262;
  p = p * f + 0.055503323674201965;
  p = p * f + 0.24022647738456726;
  p = p * f + 0.6931471824645996;
  p = p * f + 1.0;
  return bitcast<vec4<f32>>(max(bitcast<vec4<i32>>(p) + bitcast<vec4<i32>>(bits << vec4<u32>(23u)), vec4<i32>()));
}`,
  },
  // The sum of four.
  sumOf: { code: `fn sumOf(x: vec4<f32>) -> f32 { return (x.x + x.y) + (x.z + x.w); }` },
  // The bits of the magnitudes: above those of infinity for NaN.
  sizeBits: {
    code: `fn sizeBits(x: vec4<f32>) -> vec4<u32> { return bitcast<vec4<u32>>(x) & vec4<u32>(0x7fffffffu); }`,
  },
  // The largest of four; NaN if the largest of `sizes` is one's.
  largestOf: {
    code: `fn largestOf(x: vec4<f32>, sizes: vec4<u32>) -> f32 {
  let size = max(max(sizes.x, sizes.y), max(sizes.z, sizes.w));
  return select(max(max(x.x, x.y), max(x.z, x.w)), nan(), size > 0x7f800000u);
}`,
  },
  isNan4: {
    code: `fn isNan4(x: vec4<f32>) -> vec4<bool> { return (bitcast<vec4<u32>>(x) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u); }`,
  },
};
