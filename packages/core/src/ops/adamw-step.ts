import type { FusedKernels } from "../backend.ts";
import { requireFloat } from "../dtype.ts";
import { DTypeError, LifetimeError, ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../layout.ts";
import { commonBackend } from "../op.ts";
import { tidy } from "../scope.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { affine } from "./affine.ts";
import { add, div, mul, sub } from "./arithmetic.ts";
import { cast } from "./cast.ts";
import { assign } from "./in-place.ts";
import { sqrt, square } from "./unary.ts";

/** The numbers of one step; `step` counts from 1. */
export type AdamwStepOptions = FusedKernels["adamwStep"]["attrs"];

/** What a step changes, in place. */
export interface AdamwStepTargets {
  readonly param: Tensor;
  /** Running mean of the gradient. */
  readonly m: Tensor;
  /** Running mean of its square. */
  readonly v: Tensor;
}

/**
 * One step of Adam, in place on `param`, `m` and `v`: for an optimizer, which owns them. Tapes do not see it.
 *
 * With `g = grad gradScale` (`+ weightDecay param` unless decoupled) and t = step:
 *
 *     m     <- beta1 m + (1 - beta1) g
 *     v     <- beta2 v + (1 - beta2) g^2
 *     param <- param (1 - lr weightDecay if decoupled) - lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps)
 *
 * One kernel where the backend has `adamwStep`; otherwise composed.
 *
 * @param targets  contiguous, float, of one shape and dtype
 * @param grad  the same shape and dtype
 * @param gradScale  a scalar that multiplies the gradient, or null: clipping without another pass over memory
 * @throws ShapeError, DTypeError where they differ; LifetimeError for a target that is a strided view;
 *   ArgumentError where they live on two backends
 * @see Kingma & Ba 2015, arXiv:1412.6980; Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2
 * @example
 * const targets = { param: tensor([1]), m: zeros([1]), v: zeros([1]) };
 * const numbers = { lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, step: 1, decoupled: true };
 * adamwStep(targets, tensor([3]), numbers);
 * targets.param; // => [0.9]
 */
export function adamwStep(
  targets: AdamwStepTargets,
  grad: Tensor,
  options: AdamwStepOptions,
  gradScale: Tensor | null = null,
): void {
  adamwSteps([{ ...targets, grad }], options, gradScale);
}

/**
 * `adamwStep` for several parameters with the same numbers: one call of the kernel where the backend has it, which a GPU
 * answers with few dispatches.
 *
 * @param steps  what `adamwStep` takes, of each parameter; all on one backend
 * @throws as `adamwStep`; nothing is changed then
 * @example
 * const make = (x: number) => ({ param: tensor([x]), m: zeros([1]), v: zeros([1]), grad: tensor([3]) });
 * const steps = [make(1), make(2)];
 * const numbers = { lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, step: 1, decoupled: true };
 * adamwSteps(steps, numbers);
 * steps.map(({ param }) => param); // => [[0.9], [1.9]]
 */
export function adamwSteps(
  steps: readonly (AdamwStepTargets & { readonly grad: Tensor })[],
  options: AdamwStepOptions,
  gradScale: Tensor | null = null,
): void {
  for (const { grad, ...targets } of steps) checkOperands(targets, grad, gradScale);
  if (steps.length === 0) return;
  const tensors = steps.flatMap(({ param, m, v, grad }) => [param, m, v, grad]);
  const kernel = commonBackend("adamwStep", [gradScale, ...tensors]).fused.adamwStep;
  const inputs = [gradScale, ...steps.map(({ grad }) => grad)] as const;
  if (kernel && (kernel.supports?.(inputs, options) ?? true)) {
    kernel.run(
      inputs,
      steps.flatMap(({ param, m, v }) => [param, m, v]),
      options,
    );
    return;
  }
  for (const { grad, ...targets } of steps) {
    noGrad(() => tidy(() => composedWide(targets, grad, options, gradScale)));
  }
}

/** Of f16 in f32, and what is rounded is the result: eps alone is 0 in f16. */
function composedWide(
  targets: AdamwStepTargets,
  grad: Tensor,
  options: AdamwStepOptions,
  gradScale: Tensor | null,
): void {
  const { param, m, v } = targets;
  if (param.dtype !== "f16") {
    composed(targets, grad, options, gradScale);
    return;
  }
  const wide = (x: Tensor): Tensor => cast(x, "f32");
  const exact = { param: wide(param), m: wide(m), v: wide(v) };
  composed(exact, wide(grad), options, gradScale && wide(gradScale));
  assign(param, cast(exact.param, "f16"));
  assign(m, cast(exact.m, "f16"));
  assign(v, cast(exact.v, "f16"));
}

function composed(
  { param, m, v }: AdamwStepTargets,
  grad: Tensor,
  { lr, beta1, beta2, eps, weightDecay, step, decoupled }: AdamwStepOptions,
  gradScale: Tensor | null,
): void {
  const scaled = gradScale ? mul(grad, gradScale) : grad;
  const g = weightDecay !== 0 && !decoupled ? add(scaled, mul(param, weightDecay)) : scaled;
  assign(m, add(mul(m, beta1), mul(g, 1 - beta1)));
  assign(v, add(mul(v, beta2), mul(square(g), 1 - beta2)));
  const denominator = affine(sqrt(v), 1 / Math.sqrt(1 - beta2 ** step), eps);
  const decayed = weightDecay !== 0 && decoupled ? mul(param, 1 - lr * weightDecay) : param;
  assign(param, sub(decayed, mul(div(m, denominator), lr / (1 - beta1 ** step))));
}

function checkOperands({ param, m, v }: AdamwStepTargets, grad: Tensor, gradScale: Tensor | null): void {
  requireFloat("adamwStep", param, "param");
  for (const [name, tensor] of Object.entries({ m, v, grad })) {
    if (!sameShape(tensor.shape, param.shape)) {
      const got = `${name} ${formatShape(tensor.shape)}, param ${formatShape(param.shape)}`;
      throw new ShapeError(`adamwStep: shapes differ (${got})`);
    }
    if (tensor.dtype !== param.dtype) {
      throw new DTypeError(`adamwStep: dtypes differ (${name} ${tensor.dtype}, param ${param.dtype})`);
    }
  }
  for (const tensor of [param, m, v]) {
    if (!tensor.isContiguous) {
      throw new LifetimeError(`adamwStep: cannot change ${tensor.describe()} in place: it is a strided view`);
    }
  }
  if (gradScale && (gradScale.rank !== 0 || gradScale.dtype !== param.dtype)) {
    throw new ShapeError(
      `adamwStep: gradScale must be a scalar of the parameter's dtype (got ${gradScale.describe()})`,
    );
  }
}
