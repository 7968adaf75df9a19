import {
  abs,
  add,
  amax,
  clamp,
  dequantize,
  div,
  exp,
  fullLike,
  isFiniteMask,
  linear,
  mean,
  mul,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from "@saccade/core";
import type { FusedKernelName } from "@saccade/core/backend";
import { attentionBackwardMagnitude, attentionMagnitude } from "./attention-magnitude.ts";
import { activate, composedForm, type Form, present } from "./composed.ts";
import { recurrentMagnitudes } from "./recurrent-magnitude.ts";

const last = { keepDims: true } as const;

/** |y|: nothing cancels. */
function ownOf(name: FusedKernelName): Form<FusedKernelName> {
  return (inputs, attrs, outputs) => composedForm(name)(inputs, attrs, outputs).map(abs);
}

/** What the backward passes of both norms share: |dx| without cancellation, from normal, dy weight and 1/std. */
function normSlope(normal: Tensor, dNormal: Tensor, rstd: Tensor, centered: boolean): Tensor {
  const projected = mul(normal, mean(mul(dNormal, normal), 1, last));
  const terms = add(dNormal, projected);
  return mul(centered ? add(terms, mean(dNormal, 1, last)) : terms, rstd);
}

/** Weights of the classes, and of each row's target. */
function classWeights(logits: Tensor, weight: Tensor | null): Tensor {
  return weight ?? fullLike(sum(logits, 0), 1);
}

/** 0 in place of what is not finite: such an element has no scale of its own. */
function finite(x: Tensor): Tensor {
  return where(isFiniteMask(x), x, fullLike(x, 0));
}

/** |x - lse| + 1: the error of the exponent in exp(x - lse), relative to eps. */
function exponentSize(logits: Tensor, lse: Tensor): Tensor {
  return add(abs(finite(sub(logits, reshape(lse, [-1, 1])))), 1);
}

/** `act(gate)` to within eps of this: activations err by an epsilon of their argument. */
function activationSize(gate: Tensor, activated: Tensor): Tensor {
  return add(abs(gate), abs(activated));
}

/** What the terms of a slope amount to: `f(x) + x f'(x)` and the like; beyond 8 all slopes are constant. */
function slopeSize(x: Tensor): Tensor {
  return add(clamp(abs(x), 0, 8), 1);
}

/**
 * The magnitude of every output of every fused kernel: what its terms amount to if nothing cancels. Errors are measured
 * against it (`tolerances/tolerance.ts`).
 */
const magnitudes: { readonly [N in FusedKernelName]: Form<N> } = {
  linear(inputs, { activation: _ }, outputs) {
    const [pre] = composedForm("linear")(
      inputs.map((x) => x && abs(x)),
      { activation: null },
      { ...outputs, count: 1 },
    );
    return outputs.count > 1 ? [pre, pre] : [pre];
  },
  quantizedLinear([x, codes, scales, b], { bits }) {
    const weight = dequantize({ codes: present(codes), scales: present(scales), bits });
    return [linear(abs(present(x)), abs(weight), b && abs(b))];
  },
  softmax([x], { log }, outputs) {
    const [y] = composedForm("softmax")([x], { log }, outputs);
    if (log) return [add(abs(finite(y)), 1)];
    const exponent = sub(present(x), amax(present(x), -1, last));
    return [mul(y, add(abs(finite(exponent)), 1))];
  },
  softmaxBackward([y, dy], { log }) {
    const p = log ? exp(present(y)) : present(y);
    const size = abs(present(dy));
    const total = sum(log ? size : mul(size, p), -1, last);
    return [log ? add(size, mul(p, total)) : mul(p, add(size, total))];
  },
  layerNorm([x, weight, bias], attrs, outputs) {
    const [, , rstd] = composedForm("layerNorm")([x, weight, bias], attrs, outputs);
    const size = abs(present(x));
    const center = mean(size, 1, last);
    const normal = mul(add(size, center), reshape(rstd, [-1, 1]));
    const weighted = weight ? mul(normal, abs(weight)) : normal;
    return [bias ? add(weighted, abs(bias)) : weighted, reshape(center, [-1]), rstd];
  },
  layerNormBackward([x, weight, center, scale, dy]) {
    const rstd = reshape(present(scale), [-1, 1]);
    const normal = abs(mul(sub(present(x), reshape(present(center), [-1, 1])), rstd));
    const size = abs(present(dy));
    const dx = normSlope(normal, weight ? mul(size, abs(weight)) : size, rstd, true);
    return [dx, sum(mul(size, normal), 0), sum(size, 0)];
  },
  rmsNorm: ownOf("rmsNorm"),
  rmsNormBackward([x, weight, scale, dy]) {
    const rstd = reshape(present(scale), [-1, 1]);
    const normal = abs(mul(present(x), rstd));
    const size = abs(present(dy));
    return [
      normSlope(normal, weight ? mul(size, abs(weight)) : size, rstd, false),
      sum(mul(size, normal), 0),
    ];
  },
  crossEntropy([logits, target, weight], _, outputs) {
    const [, lse] = composedForm("crossEntropy")(
      [logits, target, weight],
      { ignoreIndex: -1, labelSmoothing: 0 },
      outputs,
    );
    const x = abs(finite(present(logits)));
    const size = add(abs(finite(lse)), add(amax(x, 1), 1));
    const heaviest = amax(classWeights(present(logits), weight));
    return [mul(size, heaviest), size];
  },
  crossEntropyBackward([logits, , weight, lse, dLoss], { labelSmoothing }) {
    const x = present(logits);
    const weights = classWeights(x, weight);
    const p = exp(sub(x, reshape(present(lse), [-1, 1])));
    const hard = mul(p, exponentSize(x, present(lse)));
    const spread = add(mul(hard, sum(weights)), weights);
    const slope = add(mul(hard, amax(weights)), mul(spread, labelSmoothing / x.shape[1]));
    return [mul(slope, abs(reshape(present(dLoss), [-1, 1])))];
  },
  attention: attentionMagnitude,
  attentionBackward: attentionBackwardMagnitude,
  unaryBackward: ([x, dy]) => [mul(abs(present(dy)), slopeSize(present(x)))],
  glu: ([gate, up], { activation }) => [
    mul(activationSize(present(gate), activate(present(gate), activation)), abs(present(up))),
  ],
  gluBackward: ([gate, up, dy], { activation }) => [
    mul(abs(mul(present(dy), present(up))), slopeSize(present(gate))),
    mul(activationSize(present(gate), activate(present(gate), activation)), abs(present(dy))),
  ],
  dropout: ownOf("dropout"),
  ...recurrentMagnitudes,
  sumSquares: ownOf("sumSquares"),
  adamwStep([gradScale, ...grads], { lr, beta1, beta2, eps, weightDecay, step, decoupled }, { before }) {
    return grads.flatMap((grad, i) => {
      const [param, m, v] = before.slice(3 * i, 3 * i + 3);
      const scaled = abs(gradScale ? mul(present(grad), gradScale) : present(grad));
      const size = abs(param);
      const g = decoupled ? scaled : add(scaled, mul(size, weightDecay));
      const nextM = add(mul(abs(m), beta1), mul(g, 1 - beta1));
      const nextV = add(mul(v, beta2), mul(square(g), 1 - beta2));
      const root = add(sqrt(mul(nextV, 1 / (1 - beta2 ** step))), eps);
      return [add(size, mul(div(nextM, root), lr / (1 - beta1 ** step))), nextM, nextV];
    });
  },
};

/** The magnitudes of a fused kernel's outputs, by name. */
export function magnitudeForm(name: FusedKernelName): Form<FusedKernelName> {
  return magnitudes[name] as Form<FusedKernelName>; // as in composed.ts
}
