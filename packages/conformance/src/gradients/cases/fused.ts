import { add, logsumexp, mean, rsqrt, square, sub } from "@saccade/core";
import { activationNames } from "../../cases/activations.ts";
import { anyInteger, computed, f32, i32, list, normal, standardNormal, uniform } from "../../cases/specs.ts";
import { type GradCase, gradCase } from "../grad-case.ts";

const x = f32([3, 5]);
const width = f32([5]);

const products: readonly GradCase[] = [
  gradCase("matmul", "", [f32([2, 3]), f32([3, 4])]),
  gradCase("matmul", "batched", [f32([2, 2, 3]), f32([2, 3, 2])]),
  gradCase("matmul", "one b for all", [f32([2, 2, 3]), f32([3, 2])]),
  gradCase("matmul", "batches broadcast both ways", [f32([2, 1, 2, 3]), f32([1, 2, 3, 2])]),
  gradCase("matmul", "a row", [f32([1, 3]), f32([3, 4])]),
  gradCase("linear", "bias", [f32([3, 4]), f32([2, 4]), f32([2])], { activation: null }),
  gradCase("linear", "no bias", [f32([3, 4]), f32([2, 4]), null], { activation: null }),
  gradCase("linearActivation", "bias", [f32([3, 4]), f32([2, 4]), f32([2])], { activation: "gelu" }),
  gradCase("linearActivationPre", "bias", [f32([3, 4]), f32([2, 4]), f32([2])], { activation: "gelu" }),
  gradCase("linearActivationPre", "no bias", [f32([3, 4]), f32([2, 4]), null], { activation: "tanh" }),
  gradCase(
    "linearActivationPre",
    "the value alone",
    [f32([3, 4]), f32([2, 4]), f32([2])],
    { activation: "silu" },
    { from: [0] },
  ),
  gradCase(
    "quantizedLinear",
    "4 bits, bias",
    [f32([3, 16]), i32([2, 2], anyInteger), f32([2, 2]), f32([2])],
    {
      bits: 4,
      activation: null,
    },
  ),
  gradCase(
    "quantizedLinear",
    "8 bits",
    [f32([2, 2, 8]), i32([3, 2], anyInteger), f32([3, 1], normal(0.1)), null],
    {
      bits: 8,
      activation: null,
    },
  ),
  gradCase(
    "quantizedLinearActivation",
    "bias",
    [f32([3, 16]), i32([2, 2], anyInteger), f32([2, 2]), f32([2])],
    { bits: 4, activation: "gelu" },
  ),
];

const softmaxes = [false, true].flatMap((log) => [
  gradCase("softmax", `log ${log}`, [x], { log }),
  gradCase("softmax", `log ${log}, three dimensions`, [f32([2, 2, 4])], { log }),
  gradCase("softmaxBackward", `log ${log}`, [f32([3, 5], log ? uniform(-3, -0.5) : uniform(0.05, 0.5)), x], {
    log,
  }),
]);

const center = f32(
  [3],
  computed(([x]) => mean(x!, 1)),
);
const layerScale = f32(
  [3],
  computed(([x]) => rsqrt(add(mean(square(sub(x!, mean(x!, 1, { keepDims: true }))), 1), 1e-5))),
);
const rmsScale = f32(
  [3],
  computed(([x]) => rsqrt(add(mean(square(x!), 1), 1e-5))),
);

// Their statistics are outputs with gradients of their own: the second order goes through them.
const norms: readonly GradCase[] = [
  gradCase("layerNorm", "weight and bias", [x, width, width], { eps: 1e-5 }),
  gradCase("layerNorm", "alone", [x, null, null], { eps: 0.1 }),
  gradCase("layerNormBackward", "", [x, width, center, layerScale, x]),
  gradCase("layerNormBackward", "no weight", [x, null, center, layerScale, x]),
  gradCase("rmsNorm", "weight", [x, width], { eps: 1e-5 }),
  gradCase("rmsNorm", "alone", [x, null], { eps: 0.1 }),
  gradCase("rmsNormBackward", "", [x, width, rmsScale, x]),
  gradCase("rmsNormBackward", "no weight", [x, null, rmsScale, x]),
];

const target = i32([4], list(1, 0, -100, 2));
const logits = f32([4, 3]);
const lse = f32(
  [4],
  computed(([x]) => logsumexp(x!, 1)),
);
const classes = f32([3], uniform(0.5, 2));
const dLoss = f32([4], standardNormal);

const losses = [0, 0.2].flatMap((labelSmoothing) => {
  const attrs = { ignoreIndex: -100, labelSmoothing };
  return [
    gradCase("crossEntropy", `smoothing ${labelSmoothing}`, [logits, target, null], attrs),
    // The weights of the classes are constant to gradients: core says so.
    gradCase("crossEntropy", `weights, smoothing ${labelSmoothing}`, [logits, target, classes], attrs, {
      wrt: [0],
    }),
    gradCase(
      "crossEntropyBackward",
      `smoothing ${labelSmoothing}`,
      [logits, target, null, lse, dLoss],
      attrs,
    ),
    gradCase(
      "crossEntropyBackward",
      `weights, smoothing ${labelSmoothing}`,
      [logits, target, classes, lse, dLoss],
      attrs,
      {
        wrt: [0, 3, 4],
      },
    ),
  ];
});

const gated = activationNames.flatMap((activation) => {
  const half = activation === "relu" ? list(0.7, -0.3, 1.2, -1.8, 2.3, -2.6) : standardNormal;
  return [
    gradCase("glu", activation, [f32([2, 3], half), f32([2, 3])], { activation }),
    gradCase("gluBackward", activation, [f32([2, 3], half), f32([2, 3]), f32([2, 3])], { activation }),
  ];
});

export const fusedGradCases: readonly GradCase[] = [...products, ...softmaxes, ...norms, ...losses, ...gated];
