import type { WgslFunctions } from "./library.ts";

/** 1 / (2 pi) in words of 32 bits, the first one whole. */
const turns = "0u, 0x28be60dbu, 0x9391054au, 0x7f09d5f4u, 0x7d4d3770u, 0x36d8a566u, 0x4f10e410u, 0x7f9458eau";

/** Angles: sin, cos, tan and their inverses. */
export const trigonometricFunctions: WgslFunctions = {
  // The 64-bit product of two words: (high, low)
  wideProduct: {
    code: `fn wideProduct(a: u32, b: u32) -> vec2<u32> {
  let ah = a >> 16u; let al = a & 0xffffu;
  let bh = b >> 16u; let bl = b & 0xffffu;
  let ll = al * bl;
  let hl = ah * bl;
  let middle = al * bh + (ll >> 16u) + (hl & 0xffffu);
  return vec2<u32>(ah * bh + (hl >> 16u) + (middle >> 16u), a * b);
}`,
  },
  // x = n pi/2 + angle (Payne and Hanek): 96 bits of 1/(2 pi), from where x's exponent makes them count, times its mantissa
  reduceAngle: {
    needs: ["wideProduct"],
    code: `struct Angle { n: i32, angle: f32 }
fn reduceAngle(x: f32) -> Angle {
  let word = bitcast<u32>(x);
  let exponent = i32((word >> 23u) & 0xffu) - 126;
  if (exponent <= 0) { return Angle(0, x); }
  if (exponent > 128) { return Angle(0, nan()); }
  var table = array<u32, 8>(${turns});
  let mantissa = (word << 8u) | 0x80000000u;
  let at = exponent >> 5u;
  let shift = u32(exponent & 31);
  var w0 = table[at]; var w1 = table[at + 1]; var w2 = table[at + 2];
  if (shift != 0u) {
    let back = 32u - shift;
    w0 = (w0 << shift) | (w1 >> back);
    w1 = (w1 << shift) | (w2 >> back);
    w2 = (w2 << shift) | (table[at + 3] >> back);
  }
  let p1 = wideProduct(mantissa, w1);
  let low = p1.y + wideProduct(mantissa, w2).x;
  var high = mantissa * w0 + p1.x + select(0u, 1u, low < p1.y);
  // The two top bits are quarter turns; round to the nearest.
  let n = i32((high + 0x20000000u) >> 30u);
  high -= u32(n) << 30u;
  // The rest, signed, in quarters of a turn times 2^62
  let negative = (high >> 31u) == 1u;
  let l = select(low, ~low + 1u, negative);
  let h = select(high, ~high + select(0u, 1u, low == 0u), negative);
  let zeros = countLeadingZeros(h);
  let joined = select(select((h << zeros) | (l >> (32u - zeros)), l, zeros == 32u), h, zeros == 0u);
  // Its upper 24 bits are exact; the rest corrects the product.
  let unit = bitcast<f32>(u32(127 - 30 - i32(min(zeros, 32u))) << 23u);
  let head = f32(joined & 0xffffff00u);
  let turn = (head * 1.5707963705062866 + (f32(joined & 0xffu) * 1.5707963 - head * 4.371139e-8)) * unit;
  return Angle(select(n, -n, x < 0.0), select(turn, -turn, (x < 0.0) != negative));
}`,
  },
  sinReduced: {
    code: `fn sinReduced(r: f32) -> f32 {
  let z = r * r;
  var p = 2.718046516747563e-6 * z - 0.0001983930415008217;
  p = p * z + 0.008333329111337662;
  p = p * z - 0.1666666716337204;
  return z * r * p + r;
}`,
  },
  cosReduced: {
    needs: ["sealed"],
    code: `fn cosReduced(r: f32) -> f32 {
  let z = r * r;
  var p = -2.720504710396199e-7 * z + 2.479945214872714e-5;
  p = p * z - 0.0013888883404433727;
  p = p * z + 0.0416666679084301;
  let half = z * 0.5;
  let w = sealed(1.0 - half);
  return w + (z * z * p + ((1.0 - w) - half));
}`,
  },
  // sin of angle + n pi/2
  rotated: {
    needs: ["sinReduced", "cosReduced"],
    code: `fn rotated(angle: f32, n: i32) -> f32 {
  let y = select(sinReduced(angle), cosReduced(angle), (n & 1) == 1);
  return select(y, -y, (n & 2) == 2);
}`,
  },
  sin_: {
    needs: ["reduceAngle", "rotated"],
    code: `fn sin_(x: f32) -> f32 {
  let a = reduceAngle(x);
  return select(rotated(a.angle, a.n), x, x == 0.0);
}`,
  },
  cos_: {
    needs: ["reduceAngle", "rotated"],
    code: `fn cos_(x: f32) -> f32 {
  let a = reduceAngle(x);
  return rotated(a.angle, a.n + 1);
}`,
  },
  tan_: {
    needs: ["divide", "reduceAngle", "rotated"],
    code: `fn tan_(x: f32) -> f32 {
  let a = reduceAngle(x);
  return select(divide(rotated(a.angle, a.n), rotated(a.angle, a.n + 1)), x, x == 0.0);
}`,
  },
  // atan of a quotient in [0, 1]: t + t z q(z)
  atanReduced: {
    code: `fn atanReduced(t: f32) -> f32 {
  let z = t * t;
  var p = 0.0010911298847372936 * z - 0.007199480963662061;
  p = p * z + 0.02227456521170236;
  p = p * z - 0.0443577488182719;
  p = p * z + 0.06716126155196316;
  p = p * z - 0.08798780679535786;
  p = p * z + 0.11054503739029853;
  p = p * z - 0.1427916008418259;
  p = p * z + 0.1999960468147762;
  p = p * z - 0.3333332393734272;
  return t * (z * p) + t;
}`,
  },
  // Octants are put back by reflections; pi and pi/2 in two parts each.
  atan2_: {
    needs: ["atanReduced", "divide", "sealed", "isNan", "isInf", "magnitude", "withSign"],
    code: `fn atan2_(y: f32, x: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (isNan(y)) { return y; }
  let a = magnitude(y);
  let b = magnitude(x);
  let steep = a > b;
  let large = max(a, b);
  var t = divide(min(a, b), large);
  if (isInf(large)) { t = select(0.0, 1.0, a == b); }
  if (large == 0.0) { t = 0.0; }
  var p = atanReduced(t);
  if (steep) { p = sealed(1.5707963705062866 - p) - 4.371139e-8; }
  if ((bitcast<u32>(x) >> 31u) == 1u) { p = sealed(3.1415927410125732 - p) - 8.742278e-8; }
  return withSign(p, y);
}`,
  },
  side: {
    needs: ["squareRoot"],
    code: `fn side(x: f32) -> f32 { return squareRoot((1.0 - x) * (1.0 + x)); }`,
  },
  atan_: {
    needs: ["atan2_"],
    code: `fn atan_(x: f32) -> f32 { return atan2_(x, 1.0); }`,
  },
  asin_: {
    needs: ["atan2_", "side", "magnitude", "isNan"],
    code: `fn asin_(x: f32) -> f32 {
  if (isNan(x) || magnitude(x) > 1.0) { return nan(); }
  return atan2_(x, side(x));
}`,
  },
  acos_: {
    needs: ["atan2_", "side", "magnitude", "isNan"],
    code: `fn acos_(x: f32) -> f32 {
  if (isNan(x) || magnitude(x) > 1.0) { return nan(); }
  return atan2_(side(x), x);
}`,
  },
  // Scaled by a power of two, so that squares neither overflow nor vanish
  hypot_: {
    needs: ["squareRoot", "magnitude", "isNan", "isInf"],
    code: `fn hypot_(x: f32, y: f32) -> f32 {
  if (isInf(x) || isInf(y)) { return infinity(); }
  if (isNan(x) || isNan(y)) { return nan(); }
  let a = magnitude(x);
  let b = magnitude(y);
  let large = max(a, b);
  if (large == 0.0) { return 0.0; }
  let up = large < 1e-15;
  let down = large > 1e15;
  let scale = select(select(1.0, 1.2676506002282294e30, up), 7.888609052210118e-31, down);
  let back = select(select(1.0, 7.888609052210118e-31, up), 1.2676506002282294e30, down);
  let p = a * scale;
  let q = b * scale;
  return squareRoot(p * p + q * q) * back;
}`,
  },
};
