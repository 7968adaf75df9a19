import "@saccade/attention";
import "@saccade/rnn-attention";
import { adamwStep, registeredOps, runOne, type Tensor } from "@saccade/core";
import type { ActivationName, FusedKernelName, FusedKernels } from "@saccade/core/backend";

export type Tensors = readonly (Tensor | null)[];

/** A kernel in plain ops. `count` outputs are wanted, of which those in place hold `before`. */
export type Form<N extends FusedKernelName> = (
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

export function activate(x: Tensor, activation: ActivationName): Tensor {
  const op = registeredOps().get(activation);
  if (!op) throw new Error(`conformance: no op named "${activation}" is registered`);
  return runOne(op, [x], { op: activation, a: 0, b: 0 });
}

/** An input that is never null. */
export function present(x: Tensor | null): Tensor {
  if (x === null) throw new Error("conformance: a composed form lacks an input");
  return x;
}

/** The specification of every fused kernel: core's own composed form. */
const composed: { readonly [N in FusedKernelName]: Form<N> } = {
  linear(inputs, { activation }, { count }) {
    const [pre] = composeOf("linear")(inputs, { activation: null });
    const y = activation ? activate(pre, activation) : pre;
    return count > 1 ? [y, pre] : [y];
  },
  quantizedLinear(inputs, { bits, activation }) {
    const [pre] = composeOf("quantizedLinear")(inputs, { bits, activation: null });
    return [activation ? activate(pre, activation) : pre];
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
  attentionBackward: ofOp("attentionBackward"),
  unaryBackward: (inputs, { op }) => composeOf(`${op}Backward`)(inputs, { op }),
  glu: ofOp("glu"),
  gluBackward: ofOp("gluBackward"),
  dropout: ofOp("dropout"),
  sumSquares: ofOp("sumSquares"),
  lstmSequence: ofOp("lstmSequence"),
  // Without gradients of what is kept.
  lstmSequenceBackward: (inputs, attrs) => composeOf("lstmSequenceBackward")([...inputs, null, null], attrs),
  gruSequence: ofOp("gruSequence"),
  gruSequenceBackward: (inputs, attrs) => composeOf("gruSequenceBackward")([...inputs, null], attrs),
  rnnSequence: ofOp("rnnSequence"),
  rnnSequenceBackward: ofOp("rnnSequenceBackward"),
  adamwStep([gradScale, ...grads], attrs, { before }) {
    // The oracle has no fused kernels: this is the composed step.
    for (const [i, grad] of grads.entries()) {
      const [param, m, v] = before.slice(3 * i, 3 * i + 3);
      adamwStep({ param, m, v }, present(grad), attrs, gradScale);
    }
    return before;
  },
};

/** The specification of a fused kernel, by name. */
export function composedForm(name: FusedKernelName): Form<FusedKernelName> {
  // A lookup by name forgets which kernel's attributes the function takes; cases are typed against their own.
  return composed[name] as Form<FusedKernelName>;
}
