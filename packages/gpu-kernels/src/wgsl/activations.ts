import type { WgslFunctions } from "./library.ts";

/** The activations and their slopes, as the CPU backend computes them. */
export const activationFunctions: WgslFunctions = {
  // 1 / (1 + e^z)
  falling: {
    needs: ["exp_"],
    code: `fn falling(z: f32) -> f32 { return 1.0 / (1.0 + exp_(min(z, 88.0))); }`,
  },
  relu_: {
    needs: ["hasMinus"],
    code: `fn relu_(x: f32) -> f32 { return select(x, 0.0, hasMinus(x)); }`,
  },
  sigmoid_: {
    needs: ["falling", "isNan"],
    code: `fn sigmoid_(x: f32) -> f32 { return select(select(falling(-x), 0.0, x < -103.0), x, isNan(x)); }`,
  },
  // x / (1 + e^z), NaN at x = -inf
  gated: {
    needs: ["exp_", "isNan", "isInf", "withSign"],
    code: `fn gated(x: f32, z: f32) -> f32 {
  let y = x / (1.0 + exp_(min(z, 88.0)));
  return select(select(select(y, withSign(0.0, x), z > 88.3), select(x, nan(), x < 0.0), isInf(x)), x, isNan(x));
}`,
  },
  silu_: {
    needs: ["gated"],
    code: `fn silu_(x: f32) -> f32 { return gated(x, -x); }`,
  },
  quickGelu_: {
    needs: ["gated"],
    code: `fn quickGelu_(x: f32) -> f32 { return gated(x, -1.702 * x); }`,
  },
  // erf(a / sqrt 2) / 2 for a >= 0
  halfErf: {
    code: `fn halfErf(a: f32) -> f32 {
  let c = min(a, 5.6);
  let z = c * c;
  var p = 2.2145256100997138e-8 * z + 6.356486491830809e-6;
  p = p * z + 0.00017384871793867305;
  p = p * z + 0.004707247138868079;
  p = p * z + 0.03437594521302412;
  p = p * z + 0.3989422215773223;
  var q = 1.1802068856935887e-6 * z + 7.510110519447651e-5;
  q = q * z + 0.001912967114784667;
  q = q * z + 0.028939988980747126;
  q = q * z + 0.2528334295425277;
  q = q * z + 1.0;
  return select(c * p / q, 0.5, c >= 5.6);
}`,
  },
  gelu_: {
    needs: ["halfErf", "isNan", "isInf", "magnitude", "withSign"],
    code: `fn gelu_(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (isInf(x)) { return select(0.0, x, x > 0.0); }
  return x * (0.5 + withSign(halfErf(magnitude(x)), x));
}`,
  },
  // The argument of tanh, twice: 0.5 (1 + tanh u) is the sigmoid of 2u.
  twiceInner: {
    code: `fn twiceInner(x: f32) -> f32 { return x * (x * x * 0.07135481282052 + 1.5957691216057308); }`,
  },
  geluTanh_: {
    needs: ["twiceInner", "falling", "isNan", "isInf", "withSign"],
    code: `fn geluTanh_(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (isInf(x)) { return select(0.0, x, x > 0.0); }
  if (x > 20.0) { return x; }
  if (x < -20.0) { return -0.0; }
  return x / (1.0 + exp_(min(-twiceInner(x), 88.0)));
}`,
  },
  swishSlope: {
    needs: ["falling"],
    code: `fn swishSlope(z: f32) -> f32 {
  let c = clamp(z, -87.0, 87.0);
  let s = falling(-c);
  return s * (c * (1.0 - s) + 1.0);
}`,
  },
  // Phi(-a) / phi(a) for a >= 0 (Abramowitz & Stegun 1964, 26.2.17)
  millsRatio: {
    code: `fn millsRatio(a: f32) -> f32 {
  let t = 1.0 / (a * 0.28 + 1.0);
  var p = -0.26522252227372656 * t + 0.9772716122257389;
  p = p * t - 0.5940583802709296;
  p = p * t + 0.674060874830548;
  p = p * t + 0.1691880598230872;
  p = p * t + 0.29207446973897366;
  return p * t;
}`,
  },
  reluSlope: {
    needs: ["hasMinus"],
    code: `fn reluSlope(x: f32) -> f32 { return select(1.0, 0.0, hasMinus(x) || bitcast<u32>(x) == 0u); }`,
  },
  sigmoidSlope: {
    needs: ["falling"],
    code: `fn sigmoidSlope(x: f32) -> f32 { let s = falling(-x); return s - s * s; }`,
  },
  tanhSlope: {
    needs: ["tanh_"],
    code: `fn tanhSlope(x: f32) -> f32 { let t = tanh_(x); return 1.0 - t * t; }`,
  },
  siluSlope: {
    needs: ["swishSlope"],
    code: `fn siluSlope(x: f32) -> f32 { return swishSlope(x); }`,
  },
  quickGeluSlope: {
    needs: ["swishSlope"],
    code: `fn quickGeluSlope(x: f32) -> f32 { return swishSlope(1.702 * x); }`,
  },
  geluSlope: {
    needs: ["millsRatio", "exp_", "magnitude"],
    code: `fn geluSlope(x: f32) -> f32 {
  let c = clamp(x, -13.0, 13.0);
  let bell = exp_(c * c * -0.5) * 0.3989422804014327;
  let tail = bell * millsRatio(magnitude(c));
  return c * bell + select(1.0 - tail, tail, c < 0.0);
}`,
  },
  geluTanhSlope: {
    needs: ["twiceInner", "falling"],
    code: `fn geluTanhSlope(x: f32) -> f32 {
  let c = clamp(x, -13.0, 13.0);
  let s = falling(-twiceInner(c));
  let slope = c * c * 0.21406443846156 + 1.5957691216057308;
  return s * (c * (1.0 - s) * slope) + s;
}`,
  },
  elu_: {
    needs: ["expm1_"],
    code: `fn elu_(x: f32, alpha: f32) -> f32 { return select(alpha * expm1_(x), x, x > 0.0); }`,
  },
  selu_: {
    needs: ["expm1_"],
    code: `fn selu_(x: f32) -> f32 { return select(1.7580993408473766 * expm1_(x), x * 1.0507009873554805, x > 0.0); }`,
  },
  hardsigmoid_: {
    needs: ["isNan"],
    code: `fn hardsigmoid_(x: f32) -> f32 { return select(clamp(x * 0.16666666666666666 + 0.5, 0.0, 1.0), x, isNan(x)); }`,
  },
  // log(1 + e^z)
  log1pExp: {
    needs: ["log1p_", "exp_", "magnitude", "isNan"],
    code: `fn log1pExp(z: f32) -> f32 {
  if (isNan(z)) { return z; }
  return max(z, 0.0) + log1p_(exp_(-magnitude(z)));
}`,
  },
  softplus_: {
    needs: ["log1pExp"],
    code: `fn softplus_(x: f32, beta: f32, threshold: f32) -> f32 {
  let z = x * beta;
  return select(log1pExp(z) / beta, x, z > threshold);
}`,
  },
  mish_: {
    needs: ["exp_", "isNan", "isInf"],
    code: `fn mish_(x: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (isInf(x)) { return select(nan(), x, x > 0.0); }
  let e = exp_(min(x, 13.0));
  let n = e * (e + 2.0);
  return x * (n / (n + 2.0));
}`,
  },
  softsign_: {
    needs: ["magnitude", "divide"],
    code: `fn softsign_(x: f32) -> f32 { return divide(x, 1.0 + magnitude(x)); }`,
  },
};
