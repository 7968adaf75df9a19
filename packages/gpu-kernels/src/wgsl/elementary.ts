import type { WgslFunctions } from "./library.ts";

/** exp, log and their relatives, by the polynomials of the CPU backend (see its `assembly/math`). */
export const elementaryFunctions: WgslFunctions = {
  isNan: {
    code: `fn isNan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }`,
  },
  isInf: {
    code: `fn isInf(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u; }`,
  },
  // Neither is NaN.
  ordered: {
    code: `fn ordered(a: f32, b: f32) -> bool { return max(bitcast<u32>(a) & 0x7fffffffu, bitcast<u32>(b) & 0x7fffffffu) <= 0x7f800000u; }`,
  },
  // By xor: where `s` is in a branch, a driver in software took (x & m) | (s & ~m) for x | s.
  withSign: {
    code: `fn withSign(x: f32, s: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ ((bitcast<u32>(x) ^ bitcast<u32>(s)) & 0x80000000u)); }`,
  },
  negate: {
    code: `fn negate(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u); }`,
  },
  magnitude: {
    code: `fn magnitude(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu); }`,
  },
  // x, but no compiler can know it: the lowest bit of infinity is 0. What is computed from it stays as it is written.
  sealed: {
    code: `fn sealed(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) | (P.infinityBits & 1u)); }`,
  },
  // Negative, or -0; not NaN
  hasMinus: {
    code: `fn hasMinus(x: f32) -> bool { return bitcast<u32>(x) - 0x80000000u <= 0x7f800000u; }`,
  },
  // Larger and smaller of two; NaN wins.
  larger: {
    needs: ["isNan"],
    code: `fn larger(a: f32, b: f32) -> f32 { return select(select(a, b, b > a || isNan(b)), a, isNan(a)); }`,
  },
  smaller: {
    needs: ["isNan"],
    code: `fn smaller(a: f32, b: f32) -> f32 { return select(select(a, b, b < a || isNan(b)), a, isNan(a)); }`,
  },
  // 2^n for -252 <= n <= 254, in two factors.
  scaleByPower: {
    code: `fn scaleByPower(x: f32, n: i32) -> f32 {
  let half = n >> 1u;
  return x * bitcast<f32>((half + 127) << 23u) * bitcast<f32>((n - half + 127) << 23u);
}`,
  },
  // e^r - 1 for |r| <= ln 2 / 2
  growth: {
    code: `fn growth(r: f32) -> f32 {
  var q = 0.0013814320554956794 * r + 0.00836885068565607;
  q = q * r + 0.041668400168418884;
  q = q * r + 0.1666651964187622;
  q = q * r + 0.4999999403953552;
  return r * r * q + r;
}`,
  },
  expReduced: {
    needs: ["growth"],
    code: `fn expReduced(r: f32) -> f32 { return 1.0 + growth(r); }`,
  },
  exp_: {
    needs: ["isNan", "sealed", "scaleByPower", "expReduced"],
    code: `fn exp_(x: f32) -> f32 {
  let c = clamp(x, -105.0, 89.0);
  let n = round(c * 1.44269504);
  let r = sealed(c - n * 0.693145752) - n * 1.42860677e-6;
  let y = scaleByPower(expReduced(r), i32(n));
  return select(select(select(y, infinity(), x > 88.8), 0.0, x < -104.0), x, isNan(x));
}`,
  },
  expm1_: {
    needs: ["isNan", "sealed"],
    code: `fn expm1_(x: f32) -> f32 {
  let c = clamp(x, -18.0, 89.0);
  let n = round(c * 1.44269504);
  let r = sealed(c - n * 0.693145752) - n * 1.42860677e-6;
  var q = 0.00019845893257297575 * r + 0.0013940823264420033;
  q = q * r + 0.008333389647305012;
  q = q * r + 0.04166635870933533;
  q = q * r + 0.1666666567325592;
  q = q * r + 0.5;
  let p = r * r * q + r;
  let half = bitcast<f32>((i32(n) + 126) << 23u);
  let y = half * p + (half - 0.5);
  let z = select(y + y, select(p, x, x == 0.0), n == 0.0);
  return select(select(z, infinity(), x > 88.8), x, isNan(x));
}`,
  },
  // x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt 2): (k, f)
  splitLog: {
    code: `fn splitLog(x: f32) -> vec2<f32> {
  let tiny = x < 1.17549435e-38;
  let bits = bitcast<i32>(select(x, x * 8388608.0, tiny));
  let e = (bits - 0x3f3504f3) >> 23u;
  let f = bitcast<f32>(bits - (e << 23u)) - 1.0;
  return vec2<f32>(f32(select(e, e - 23, tiny)), f);
}`,
  },
  // f^2/2 - (s (f^2/2 + R(s^2)) + carry): what log(1 + f) + carry lacks to f
  logDeficit: {
    code: `fn logDeficit(f: f32, half: f32, carry: f32) -> f32 {
  let s = f / (f + 2.0);
  let z = s * s;
  let r = ((0.2987631857395172 * z + 0.39977389574050903) * z + 0.6666677594184875) * z;
  return half - (s * (half + r) + carry);
}`,
  },
  logEdges: {
    needs: ["isNan", "isInf"],
    code: `fn logEdges(x: f32, y: f32) -> f32 {
  let special = isNan(x) || isInf(x);
  let inner = select(select(y, -infinity(), x == 0.0), nan(), x < 0.0);
  return select(inner, select(x, nan(), x < 0.0), special);
}`,
  },
  log_: {
    needs: ["splitLog", "logDeficit", "logEdges"],
    code: `fn log_(x: f32) -> f32 {
  let kf = splitLog(x);
  let d = logDeficit(kf.y, kf.y * kf.y * 0.5, kf.x * 9.05800061e-6);
  return logEdges(x, kf.x * 0.693138123 + (kf.y - d));
}`,
  },
  log2_: {
    needs: ["sealed", "splitLog", "logDeficit", "logEdges"],
    code: `fn log2_(x: f32) -> f32 {
  let kf = splitLog(x);
  let f = kf.y;
  let half = f * f * 0.5;
  let d = logDeficit(f, half, 0.0);
  let head = bitcast<f32>(bitcast<u32>(f - half) & 0xfffff000u);
  let tail = sealed(f - head) - d;
  let low = (tail + head) * -1.7605285393e-4 + tail * 1.442871094;
  return logEdges(x, (head * 1.442871094 + low) + kf.x);
}`,
  },
  log1p_: {
    needs: ["sealed", "splitLog", "logDeficit", "logEdges"],
    code: `fn log1p_(x: f32) -> f32 {
  let u = sealed(x + 1.0);
  let bits = bitcast<i32>(u);
  let e = (bits - 0x3f3504f3) >> 23u;
  let k = f32(e);
  let small = x < 1.0;
  let lost = select(1.0, x, small) - (u - select(x, 1.0, small));
  let f = select(bitcast<f32>(bits - (e << 23u)) - 1.0, x, e == 0);
  let fix = select(lost / u, 0.0, e == 0);
  let d = logDeficit(f, f * f * 0.5, k * 9.05800061e-6 + fix);
  let y = logEdges(u, k * 0.693138123 + (f - d));
  return select(y, x, x == 0.0);
}`,
  },
  tanh_: {
    needs: ["isNan", "exp_", "withSign", "magnitude"],
    code: `fn tanh_(x: f32) -> f32 {
  let z = x * x;
  var p = -0.005704987259034348 * z + 0.020639087487738;
  p = p * z - 0.053739715162851504;
  p = p * z + 0.13331442199154048;
  p = p * z - 0.33333281942052384;
  let inner = p * z * x + x;
  let a = magnitude(x);
  let outer = withSign(1.0 - 2.0 / (exp_(min(a + a, 80.0)) + 1.0), x);
  return select(select(outer, inner, a < 0.625), x, isNan(x));
}`,
  },
  erf_: {
    needs: ["isNan", "exp_", "withSign", "magnitude"],
    code: `fn erf_(x: f32) -> f32 {
  let z = x * x;
  var p = 8.267504745163023e-5 * z - 0.0008118088007904589;
  p = p * z + 0.005198831204324961;
  p = p * z - 0.02685849741101265;
  p = p * z + 0.1128367930650711;
  p = p * z - 0.37612631916999817;
  p = p * z + 0.12837916612625122;
  let a = magnitude(x);
  let c = min(a, 3.95);
  var r = 0.00019494582375045866 * c - 0.003033683868125081;
  r = r * c + 0.02218974381685257;
  r = r * c - 0.10385631024837494;
  r = r * c - 0.6372658014297485;
  r = r * c - 1.1276273727416992;
  r = r * c - 0.00020701710309367627;
  let outer = withSign(1.0 - exp_(r), x);
  return select(select(x * p + x, outer, a > 0.93), x, isNan(x));
}`,
  },
  // Bounds that cross give b. Zeros of either sign are equal: then x stays.
  clamp_: {
    needs: ["isNan"],
    code: `fn clamp_(x: f32, a: f32, b: f32) -> f32 {
  let y = select(select(x, a, x < a), b, x > b || (a > b && x <= b));
  let zeros = ((bitcast<u32>(x) | bitcast<u32>(y)) << 1u) == 0u;
  return select(y, x, zeros || isNan(x));
}`,
  },
  round_: {
    needs: ["withSign"],
    code: `fn round_(x: f32) -> f32 { return withSign(round(x), x); }`,
  },
};
