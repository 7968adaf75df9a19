import { isFloat } from "../dtype.ts";
import { runOne } from "../op.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { asFloat, inDtype } from "./cast.ts";
import { ge, gt, le, logicalAnd, lt } from "./compare.ts";
import { defineActivation, defineUnary } from "./define-unary.ts";
import { fullLike } from "./fill.ts";
import { erf, exp, square } from "./unary.ts";
import { where } from "./where.ts";

const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** `dy` where the mask is 1, else 0. */
const only = (mask: Tensor, dy: Tensor): Tensor => where(mask, dy, fullLike(dy, 0));

const reluOp = defineActivation("relu", (dy, x) => only(gt(x, 0), dy));
const sigmoidOp = defineActivation("sigmoid", (dy, x) => {
  const y = sigmoid(x);
  return mul(dy, mul(y, sub(1, y)));
});
const tanhOp = defineActivation("tanh", (dy, x) => mul(dy, sub(1, square(tanh(x)))));
const siluOp = defineActivation("silu", (dy, x) => {
  const s = sigmoid(x);
  return mul(dy, mul(s, add(mul(x, sub(1, s)), 1)));
});
const quickGeluOp = defineActivation("quickGelu", (dy, x) => {
  const s = sigmoid(mul(x, 1.702));
  return mul(dy, mul(s, add(mul(mul(x, 1.702), sub(1, s)), 1)));
});
// Phi(x) + x phi(x)
const geluOp = defineActivation("gelu", (dy, x) => {
  const cdf = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
  const pdf = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return mul(dy, add(cdf, mul(x, pdf)));
});
const geluTanhOp = defineActivation("geluTanh", (dy, x) => {
  const x2 = square(x);
  const t = tanh(mul(mul(x, add(mul(x2, 0.044715), 1)), SQRT_2_OVER_PI));
  const inner = mul(add(mul(x2, 3 * 0.044715), 1), SQRT_2_OVER_PI);
  return mul(dy, mul(add(add(t, 1), mul(mul(x, sub(1, square(t))), inner)), 0.5));
});
const clampOp = defineUnary("clamp", {
  reads: "x",
  vjp: (dy, x, { a, b }) => only(logicalAnd(ge(x, a), le(x, b)), dy),
});
const hardtanhOp = defineUnary(
  "clamp",
  { reads: "x", vjp: (dy, x, { a, b }) => only(logicalAnd(gt(x, a), lt(x, b)), dy) },
  "hardtanh",
);
const eluOp = defineUnary("elu", {
  reads: "x",
  vjp: (dy, x, { a }) => mul(dy, where(gt(x, 0), fullLike(x, 1), mul(exp(x), a))),
});
const hardsigmoidOp = defineUnary("hardsigmoid", {
  reads: "x",
  vjp: (dy, x) => only(logicalAnd(gt(x, -3), lt(x, 3)), mul(dy, 1 / 6)),
});
const hardswishOp = defineUnary("hardswish", {
  reads: "x",
  vjp: (dy, x) => where(lt(x, -3), fullLike(dy, 0), where(le(x, 3), mul(dy, add(mul(x, 1 / 3), 0.5)), dy)),
});
const leakyReluOp = defineUnary("leakyRelu", {
  reads: "x",
  vjp: (dy, x, { a }) => where(gt(x, 0), dy, mul(dy, a)),
});
const logSigmoidOp = defineUnary("logSigmoid", { reads: "x", vjp: (dy, x) => mul(dy, sigmoid(mul(x, -1))) });
const mishOp = defineUnary("mish", {
  reads: "x",
  vjp(dy, x) {
    const t = tanh(softplus(x));
    return mul(dy, add(t, mul(mul(x, sigmoid(x)), sub(1, square(t)))));
  },
});
const seluOp = defineUnary("selu", {
  reads: "x",
  vjp: (dy, x) => mul(dy, where(gt(x, 0), fullLike(x, SELU_SCALE), mul(exp(x), SELU_SCALE * SELU_ALPHA))),
});
const softplusOp = defineUnary("softplus", {
  reads: "x",
  vjp: (dy, x, { a, b }) => where(gt(mul(x, a), b), dy, mul(dy, sigmoid(mul(x, a)))),
});
const softsignOp = defineUnary("softsign", {
  reads: "y",
  vjp: (dy, y) => mul(dy, square(sub(1, where(lt(y, 0), mul(y, -1), y)))),
});

/** `max(x, 0)`; gradient 0 at 0. */
export function relu(x: Tensor): Tensor {
  return runOne(reluOp, [x], { op: "relu", a: 0, b: 0 });
}

/** `1 / (1 + e^-x)`. */
export function sigmoid(x: Tensor): Tensor {
  return asFloat(x, (y) => runOne(sigmoidOp, [y], { op: "sigmoid", a: 0, b: 0 }));
}

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return asFloat(x, (y) => runOne(tanhOp, [y], { op: "tanh", a: 0, b: 0 }));
}

/** `x sigmoid(x)` (swish). @see Elfwing et al. 2017, arXiv:1702.03118 */
export function silu(x: Tensor): Tensor {
  return asFloat(x, (y) => runOne(siluOp, [y], { op: "silu", a: 0, b: 0 }));
}

/** `x sigmoid(1.702 x)`, the approximation of GELU that CLIP uses. */
export function quickGelu(x: Tensor): Tensor {
  return asFloat(x, (y) => runOne(quickGeluOp, [y], { op: "quickGelu", a: 0, b: 0 }));
}

/** `x Phi(x)`, Phi the normal distribution function, exactly. @see Hendrycks & Gimpel 2016, arXiv:1606.08415 */
export function gelu(x: Tensor): Tensor {
  return asFloat(x, (y) => runOne(geluOp, [y], { op: "gelu", a: 0, b: 0 }));
}

/** `x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`, the tanh approximation of GELU. */
export function geluTanh(x: Tensor): Tensor {
  return asFloat(x, (y) => runOne(geluTanhOp, [y], { op: "geluTanh", a: 0, b: 0 }));
}

/** `x` held between two bounds; NaN passes; gradient 1 on the bounds. */
export function clamp(x: Tensor, low: number, high: number): Tensor {
  const whole = [low, high].every((bound) => Number.isInteger(bound) || !Number.isFinite(bound));
  const dtype = isFloat(x.dtype) ? x.dtype : whole ? "i32" : "f32";
  return inDtype(x, dtype, (y) => runOne(clampOp, [y], { op: "clamp", a: low, b: high }));
}

/** `x` held between two bounds; gradient 0 on the bounds (`relu6` is `hardtanh(x, 0, 6)`). */
export function hardtanh(x: Tensor, low = -1, high = 1): Tensor {
  return asFloat(x, (y) => runOne(hardtanhOp, [y], { op: "clamp", a: low, b: high }));
}

/** `x > 0 ? x : alpha (e^x - 1)`. @see Clevert et al. 2015, arXiv:1511.07289 */
export function elu(x: Tensor, alpha = 1): Tensor {
  return asFloat(x, (y) => runOne(eluOp, [y], { op: "elu", a: alpha, b: 0 }));
}

/** `min(max(x/6 + 1/2, 0), 1)`. */
export function hardsigmoid(x: Tensor): Tensor {
  return asFloat(x, (y) => runOne(hardsigmoidOp, [y], { op: "hardsigmoid", a: 0, b: 0 }));
}

/** `x hardsigmoid(x)`. @see Howard et al. 2019, arXiv:1905.02244 */
export function hardswish(x: Tensor): Tensor {
  return asFloat(x, (y) => runOne(hardswishOp, [y], { op: "hardswish", a: 0, b: 0 }));
}

/** `x > 0 ? x : slope x`. */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  return asFloat(x, (y) => runOne(leakyReluOp, [y], { op: "leakyRelu", a: slope, b: 0 }));
}

/** `log(sigmoid(x))`, without overflow. */
export function logSigmoid(x: Tensor): Tensor {
  return asFloat(x, (y) => runOne(logSigmoidOp, [y], { op: "logSigmoid", a: 0, b: 0 }));
}

/** `x tanh(softplus(x))`. @see Misra 2019, arXiv:1908.08681 */
export function mish(x: Tensor): Tensor {
  return asFloat(x, (y) => runOne(mishOp, [y], { op: "mish", a: 0, b: 0 }));
}

/** Scaled exponential linear unit. @see Klambauer et al. 2017, arXiv:1706.02515 */
export function selu(x: Tensor): Tensor {
  return asFloat(x, (y) => runOne(seluOp, [y], { op: "selu", a: 0, b: 0 }));
}

/** `log(1 + e^(beta x)) / beta`; x itself where `beta x > threshold`. */
export function softplus(x: Tensor, beta = 1, threshold = 20): Tensor {
  return asFloat(x, (y) => runOne(softplusOp, [y], { op: "softplus", a: beta, b: threshold }));
}

/** `x / (1 + |x|)`. */
export function softsign(x: Tensor): Tensor {
  return asFloat(x, (y) => runOne(softsignOp, [y], { op: "softsign", a: 0, b: 0 }));
}
