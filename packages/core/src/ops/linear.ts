import { lowered } from "../autocast.ts";
import { currentAutocast } from "../autocast-state.ts";
import type { ActivationName } from "../backend.ts";
import { requireFloat } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { formatShape } from "../layout.ts";
import { defineOp, type KernelRef, runOne, type TensorSpec } from "../op.ts";
import { scoped, tidy } from "../scope.ts";
import { recordingTapes } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { activations, requireActivation } from "./activation-functions.ts";
import { add } from "./arithmetic.ts";
import { copy } from "./copy.ts";
import { activationBackward } from "./define-unary.ts";
import { matmul } from "./matmul.ts";
import { transpose } from "./permute.ts";
import { sum } from "./reduce.ts";
import { reshape } from "./reshape.ts";
import { rowShape, rowsOf, rowView } from "./rows.ts";

/** x [..., K], w [N, K], b [N]. */
type LinearInputs = readonly [Tensor, Tensor, Tensor | null];

interface LinearAttrs {
  readonly activation: ActivationName | null;
}

const linearKernel: KernelRef<LinearInputs, LinearAttrs> = {
  supports(backend, [x, w, b], attrs) {
    const kernel = backend.fused.linear;
    const rows = kernel && rowView(x);
    return rows != null && (kernel?.supports?.([rows, w, b], attrs) ?? true);
  },
  launch(backend, [x, w, b], [y, pre], attrs) {
    backend.fused.linear?.run([rowsOf(x), w, b], pre ? [rowsOf(y), rowsOf(pre)] : [rowsOf(y)], attrs);
  },
};

/** @throws ShapeError if sizes do not fit; DTypeError unless all are of one dtype */
function outputOf([x, w, b]: LinearInputs): TensorSpec {
  if (w.dtype !== x.dtype || (b && b.dtype !== x.dtype)) {
    const bias = b ? `, b ${b.describe()}` : "";
    throw new DTypeError(
      `linear: x, the weight and the bias must be of one dtype (got x ${x.describe()}, w ${w.describe()}${bias}); cast them`,
    );
  }
  if (x.shape[x.rank - 1] !== w.shape[1] || (b && (b.rank !== 1 || b.shape[0] !== w.shape[0]))) {
    const bias = b ? `, b ${formatShape(b.shape)}` : "";
    throw new ShapeError(
      `linear: sizes do not fit (x ${formatShape(x.shape)}, w ${formatShape(w.shape)}${bias})`,
    );
  }
  return { dtype: x.dtype, shape: [...x.shape.slice(0, -1), w.shape[0]] };
}

const linearOp = defineOp<LinearInputs, LinearAttrs>("linear", {
  infer: (inputs) => [outputOf(inputs)],
  kernel: linearKernel,
  compose: ([x, w, b]) => {
    const product = matmul(x, transpose(w));
    return [b ? add(product, b) : product];
  },
  saves: () => ({ inputs: [0, 1] }),
  vjp: ({ grad, inputs: [x, w], needs }) => gradients(grad, x, w, needs),
});

/** Gradients of x, w and b from that of the product. */
function gradients(grad: Tensor, x: Tensor, w: Tensor, needs: readonly boolean[]): (Tensor | null)[] {
  const rows = needs[1] || needs[2] ? reshape(grad, rowShape(grad)) : grad;
  return [
    needs[0] ? matmul(grad, w) : null,
    needs[1] ? matmul(transpose(rows), reshape(x, rowShape(x))) : null,
    needs[2] ? sum(rows, 0) : null,
  ];
}

interface ActivatedAttrs {
  readonly activation: ActivationName;
}

const product = ([x, w, b]: LinearInputs): Tensor => runOne(linearOp, [x, w, b], { activation: null });

/** `act(x w^T + b)`, where nobody asks for gradients. */
const activatedOp = defineOp<LinearInputs, ActivatedAttrs>("linearActivation", {
  infer: (inputs) => [outputOf(inputs)],
  kernel: linearKernel,
  compose: (inputs, { activation }) => [activations[activation](product(inputs))],
});

/** The same with `pre`, the value before the activation, which the gradient reads. */
const recordedOp = defineOp<LinearInputs, ActivatedAttrs>("linearActivationPre", {
  infer: (inputs) => [outputOf(inputs), outputOf(inputs)],
  kernel: linearKernel,
  compose(inputs, { activation }) {
    const pre = product(inputs);
    return [activations[activation](pre), pre];
  },
  saves: () => ({ inputs: [0, 1], outputs: [1] }),
  vjp({ grads: [dy, dPre], inputs: [x, w], outputs: [, pre], attrs, needs }) {
    const through = dy && activationBackward(attrs.activation, pre, dy);
    const grad = through && dPre ? add(through, dPre) : (through ?? dPre);
    return grad ? gradients(grad, x, w, needs) : [null, null, null];
  },
});

/**
 * `x w^T + b`, over the last dimension; with an activation, `act(x w^T + b)`.
 *
 * @param x  `[..., K]`, float
 * @param weight  `[N, K]`
 * @param bias  `[N]`, or null
 * @param activation  the name of one, which backends with a fused kernel apply as they write; or null
 * @returns `[..., N]`
 * @throws ShapeError if sizes do not fit; DTypeError unless all are of one float dtype (`autocast` casts by itself);
 *   ArgumentError for an activation that is unknown
 * @example const y = linear(ones([2, 3, 4]), ones([5, 4]), zeros([5])); // [2, 3, 5]
 */
export function linear(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  activation: ActivationName | null = null,
): Tensor {
  requireFloat("linear", x);
  if (x.rank === 0 || weight.rank !== 2) {
    throw new ShapeError(
      `linear: x needs a dimension and the weight two (x ${formatShape(x.shape)}, w ${formatShape(weight.shape)})`,
    );
  }
  requireActivation("linear", activation);
  return currentAutocast() === null
    ? runLinear([x, weight, bias], activation)
    : tidy(() => runLinear(lowered(x, weight, bias), activation));
}

function runLinear([x, weight, bias]: LinearInputs, activation: ActivationName | null): Tensor {
  if (!x.isContiguous && !rowView(x)) return scoped(() => runLinear([copy(x), weight, bias], activation));
  const inputs = [x, weight, bias] as const;
  if (activation === null) return product(inputs);
  if (recordingTapes(inputs) === null) return runOne(activatedOp, inputs, { activation });
  // What is before the activation lives on with the tape alone.
  return tidy(() => runOne(recordedOp, inputs, { activation }));
}
