/**
 * One idea (Payne and Hanek): for a large angle only the bits of 1/(2 pi) next to its exponent matter. 96 of them
 * times the 24-bit mantissa give the angle modulo one turn, in 64-bit integers.
 */

const TURNS: usize = memory.data<u32>([
  0, 0x28be60db, 0x9391054a, 0x7f09d5f4, 0x7d4d3770, 0x36d8a566, 0x4f10e410, 0x7f9458ea,
]);

/** The second result of `reduceLarge`. Each thread has its own instance, and so its own. */
export let reducedAngle: f32 = 0;

/** `x = n pi/2 + reducedAngle`, n modulo 4, for any x; NaN and infinities give NaN. */
export function reduceLarge(x: f32): i32 {
  const word = reinterpret<u32>(x);
  const exponent = <i32>((word >> 23) & 0xff) - 126;
  if (exponent <= 0) {
    reducedAngle = x; // |x| < 1: close enough to [-pi/4, pi/4] for the polynomials
    return 0;
  }
  if (exponent > 128) {
    reducedAngle = NaN;
    return 0;
  }
  const mantissa = <u64>((word << 8) | 0x80000000);
  const at = TURNS + (<usize>(exponent >> 5) << 2);
  const shift = <u32>(exponent & 31);
  // 96 bits that start `exponent` bits into 1/(2 pi)
  const high = (load<u64>(at, 0) << 32) | (load<u64>(at, 4) & 0xffffffff);
  const low = (load<u64>(at, 8) << 32) | (load<u64>(at, 12) & 0xffffffff);
  const first = shift == 0 ? high : (high << shift) | (low >> (64 - shift));
  const rest = (low << shift) >> 32;
  const product = ((mantissa * (first >> 32)) << 32) + mantissa * (first & 0xffffffff) + ((mantissa * rest) >> 32);
  // The two top bits are quarter turns; round to the nearest.
  const quarters = (product + 0x2000000000000000) >> 62;
  const turn = <i64>(product - (quarters << 62));
  const angle = <f32>(<f64>turn * 3.4061215800304803e-19); // pi/2 / 2^62
  reducedAngle = x < 0 ? -angle : angle;
  return x < 0 ? -<i32>quarters : <i32>quarters;
}
