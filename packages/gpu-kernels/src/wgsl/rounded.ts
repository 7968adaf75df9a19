import type { WgslFunctions } from "./library.ts";

/**
 * Division and square root, correctly rounded to the nearest, ties to even, of all numbers, subnormals too.
 *
 * WGSL lets a division be off by 2.5 ulp, a square root by more, and lets numbers below 2^-126 vanish. So the device's own
 * result is only a guess: what it lacks is found in whole numbers, as mantissa of the one operand less the product of the
 * other two. That is small, so its low 32 bits are all of it, and no compiler may change an integer product.
 */
export const roundedFunctions: WgslFunctions = {
  // bits = m 2^(e - 150) with m in [2^23, 2^24), of a positive finite number
  normalized: {
    code: `fn normalized(bits: u32) -> vec2<u32> {
  if (bits >= 0x800000u) { return vec2<u32>((bits & 0x7fffffu) | 0x800000u, bits >> 23u); }
  let up = countLeadingZeros(bits) - 8u;
  return vec2<u32>(bits << up, 1u - up);
}`,
  },
  // floor(x) for |x| < 2^21, or one less where x is above it by less than 2^-10; conversions of floats are slow
  lowerWhole: {
    needs: ["sealed"],
    code: `fn lowerWhole(x: f32) -> u32 { return bitcast<u32>(sealed(x - 0.5009765625) + 12582912.0) - 0x4b400000u; }`,
  },
  // q = floor(a 2^k / b), or one less, in [2^23 - 1, 2^24), for mantissas a and b; k is 23, or 24 where a < b. The rest is
  // a 2^k - q b > 0.
  wholeQuotient: {
    needs: ["lowerWhole"],
    code: `struct Whole { value: u32, rest: u32 }
fn wholeQuotient(a: u32, b: u32) -> Whole {
  let under = select(0u, 1u, a < b);
  let inverse = 1.0 / bitcast<f32>(0x3f000000u + b);
  let guess = bitcast<f32>(0x3f000000u + (under << 23u) + a) * inverse;
  let q = bitcast<u32>(guess) - 0x3f000000u;
  let rest = bitcast<i32>((a << (23u + under)) - q * b);
  let more = lowerWhole(f32(rest) * inverse * 1.1920928955078125e-7);
  return Whole(q + more, bitcast<u32>(rest) - more * b);
}`,
  },
  divide: {
    needs: ["wholeQuotient", "divideAny"],
    code: `fn divide(x: f32, y: f32) -> f32 {
  let p = bitcast<u32>(x) & 0x7fffffffu;
  let q = bitcast<u32>(y) & 0x7fffffffu;
  let a = (p & 0x7fffffu) | 0x800000u;
  let b = (q & 0x7fffffu) | 0x800000u;
  let above = (p >> 23u) - (q >> 23u) + select(126u, 125u, a < b);
  if (p - 0x800000u >= 0x7f000000u || q - 0x800000u >= 0x7f000000u || above >= 253u) { return divideAny(x, y); }
  let whole = wholeQuotient(a, b);
  let rounded = whole.value + select(0u, 1u, 2u * whole.rest > b);
  return bitcast<f32>(((bitcast<u32>(x) ^ bitcast<u32>(y)) & 0x80000000u) | ((above << 23u) + rounded));
}`,
  },
  // The same where an operand or the quotient is subnormal, zero, infinite, NaN
  divideAny: {
    needs: ["normalized", "wholeQuotient", "subnormalQuotient"],
    code: `fn divideAny(x: f32, y: f32) -> f32 {
  let sign = (bitcast<u32>(x) ^ bitcast<u32>(y)) & 0x80000000u;
  let p = bitcast<u32>(x) & 0x7fffffffu;
  let q = bitcast<u32>(y) & 0x7fffffffu;
  if (p - 1u >= 0x7f7fffffu || q - 1u >= 0x7f7fffffu) {
    if (max(p, q) > 0x7f800000u || p == q) { return nan(); }
    return bitcast<f32>(sign | select(0u, P.infinityBits, q == 0u || p == 0x7f800000u));
  }
  let a = normalized(p);
  let b = normalized(q);
  let whole = wholeQuotient(a.x, b.x);
  let exponent = i32(a.y - b.y) + select(127, 126, a.x < b.x);
  if (exponent < 1) { return bitcast<f32>(sign | subnormalQuotient(whole, b.x, u32(1 - exponent))); }
  let rounded = whole.value + select(0u, 1u, 2u * whole.rest > b.x);
  return bitcast<f32>(sign | min((u32(exponent - 1) << 23u) + rounded, 0x7f800000u));
}`,
  },
  // The bits of a quotient below 2^-126: cut by so many places, and rounded once
  subnormalQuotient: {
    needs: ["wholeQuotient"],
    code: `fn subnormalQuotient(whole: Whole, b: u32, places: u32) -> u32 {
  if (places > 25u) { return 0u; }
  let short = whole.rest >= b;
  let value = whole.value + select(0u, 1u, short);
  let sticky = select(0u, 1u, whole.rest != select(0u, b, short));
  let kept = value >> places;
  let cut = ((value << 1u) | sticky) & ((2u << places) - 1u);
  let half = 1u << places;
  return kept + select(0u, 1u, cut > half || (cut == half && (kept & 1u) == 1u));
}`,
  },
  squareRoot: {
    needs: ["normalized", "lowerWhole"],
    code: `fn squareRoot(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if (bits - 1u >= 0x7f7fffffu) {
    return select(nan(), x, (bits & 0x7fffffffu) == 0u || bits == 0x7f800000u);
  }
  let m = normalized(bits);
  let even = 1u - (m.y & 1u);
  let number = bitcast<f32>(0x3f000000u + (even << 23u) + m.x);
  let inverse = inverseSqrt(number);
  let s = bitcast<u32>(number * inverse) - 0x3f000000u;
  let rest = bitcast<i32>((m.x << (23u + even)) - s * s);
  let more = lowerWhole(f32(rest) * inverse * 5.9604644775390625e-8);
  let root = s + more;
  let lacks = bitcast<u32>(rest) - more * (s + root);
  let exponent = bitcast<u32>((bitcast<i32>(m.y - even) + 125) >> 1u);
  return bitcast<f32>((exponent << 23u) + root + select(0u, 1u, lacks > root));
}`,
  },
};
