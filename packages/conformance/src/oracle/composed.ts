import "@saccade/attention";
import { add, div, mul, registeredOps, runOne, sqrt, square, sub, type Tensor } from "@saccade/core";
import type { ActivationName, FusedKernelName, FusedKernels } from "@saccade/core/backend";

type Tensors = readonly (Tensor | null)[];

/** A fused kernel, in plain ops: its specification. `before` is what in-place outputs hold. */
type Composed<N extends FusedKernelName> = (
  inputs: Tensors,
  attrs: FusedKernels[N]["attrs"],
  outputs: { readonly count: number; readonly before: readonly Tensor[] },
) => readonly Tensor[];

/** The composed form of a registered op. */
function composeOf(op: string): (inputs: Tensors, attrs: unknown) => readonly Tensor[] {
  const compose = registeredOps().get(op)?.definition.compose;
  if (!compose) throw new Error(`conformance: no op named "${op}" with a composed form is registered`);
  return compose;
}

/** The composed form of the op that has the kernel's name. */
function ofOp(op: FusedKernelName): (inputs: Tensors, attrs: unknown) => readonly Tensor[] {
  return (inputs, attrs) => composeOf(op)(inputs, attrs);
}

function activate(x: Tensor, activation: ActivationName): Tensor {
  const op = registeredOps().get(activation);
  if (!op) throw new Error(`conformance: no op named "${activation}" is registered`);
  return runOne(op, [x], { op: activation, a: 0, b: 0 });
}

/** `dy f'(x)` */
function activationSlope(x: Tensor | null, dy: Tensor | null, activation: ActivationName): Tensor {
  return composeOf(`${activation}Backward`)([x, dy], { op: activation })[0];
}

function present(x: Tensor | null): Tensor {
  if (x === null) throw new Error("conformance: a composed form lacks an input");
  return x;
}

/** The specification of every fused kernel: core's own composed form where an op of that name has one. */
const composed: { readonly [N in FusedKernelName]: Composed<N> } = {
  linear(inputs, { activation }, { count }) {
    const [pre] = composeOf("linear")(inputs, { activation: null });
    const y = activation ? activate(pre, activation) : pre;
    return count > 1 ? [y, pre] : [y];
  },
  softmax: ofOp("softmax"),
  softmaxBackward: ofOp("softmaxBackward"),
  layerNorm: ofOp("layerNorm"),
  layerNormBackward: ofOp("layerNormBackward"),
  rmsNorm: ofOp("rmsNorm"),
  rmsNormBackward: ofOp("rmsNormBackward"),
  crossEntropy: ofOp("crossEntropy"),
  crossEntropyBackward: ofOp("crossEntropyBackward"),
  attention: ofOp("attention"),
  attentionBackward: (inputs, attrs, { count }) =>
    composeOf("attentionBackward")(inputs, { ...attrs, biasGradient: count > 3 }),
  unaryBackward: ([x, dy], { op }) => [activationSlope(x, dy, op)],
  glu: ([gate, up], { activation }) => [mul(activate(present(gate), activation), present(up))],
  gluBackward: ([gate, up, dy], { activation }) => [
    activationSlope(gate, mul(present(dy), present(up)), activation),
    mul(present(dy), activate(present(gate), activation)),
  ],
  dropout: ofOp("dropout"),
  sumSquares: ofOp("sumSquares"),
  adamwStep([grad, gradScale], attrs, { before: [param, m, v] }) {
    const { lr, beta1, beta2, eps, weightDecay, step, decoupled } = attrs;
    const scaled = gradScale ? mul(present(grad), gradScale) : present(grad);
    const g = decoupled ? scaled : add(scaled, mul(param, weightDecay));
    const decayed = decoupled ? mul(param, 1 - lr * weightDecay) : param;
    const nextM = add(mul(m, beta1), mul(g, 1 - beta1));
    const nextV = add(mul(v, beta2), mul(square(g), 1 - beta2));
    const direction = div(div(nextM, 1 - beta1 ** step), add(sqrt(div(nextV, 1 - beta2 ** step)), eps));
    return [sub(decayed, mul(direction, lr)), nextM, nextV];
  },
};

/** The specification of a fused kernel, by name. */
export function composedForm(name: FusedKernelName): Composed<FusedKernelName> {
  // A lookup by name forgets which kernel's attributes the function takes; cases are typed against their own.
  return composed[name] as Composed<FusedKernelName>;
}
