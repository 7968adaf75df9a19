import { lowered } from "../autocast.ts";
import { currentAutocast } from "../autocast-state.ts";
import type { ActivationName } from "../backend.ts";
import { requireFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { formatShape } from "../layout.ts";
import { defineOp, type KernelRef, runOne } from "../op.ts";
import { scoped, tidy } from "../scope.ts";
import type { Tensor } from "../tensor.ts";
import { add } from "./arithmetic.ts";
import { copy } from "./copy.ts";
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
  launch(backend, [x, w, b], [y], attrs) {
    backend.fused.linear?.run([rowsOf(x), w, b], [rowsOf(y)], attrs);
  },
};

/** The activation of the fused kernel is for inference; see `linear`. */
const linearOp = defineOp<LinearInputs, LinearAttrs>("linear", {
  infer([x, w, b]) {
    if (x.shape[x.rank - 1] !== w.shape[1] || (b && (b.rank !== 1 || b.shape[0] !== w.shape[0]))) {
      const bias = b ? `, b ${formatShape(b.shape)}` : "";
      throw new ShapeError(
        `linear: sizes do not fit (x ${formatShape(x.shape)}, w ${formatShape(w.shape)}${bias})`,
      );
    }
    return [{ dtype: x.dtype, shape: [...x.shape.slice(0, -1), w.shape[0]] }];
  },
  kernel: linearKernel,
  compose: ([x, w, b]) => {
    const product = matmul(x, transpose(w));
    return [b ? add(product, b) : product];
  },
  saves: () => ({ inputs: [0, 1] }),
  vjp({ grad, inputs: [x, w], needs }) {
    const rows = needs[1] || needs[2] ? reshape(grad, rowShape(grad)) : grad;
    return [
      needs[0] ? matmul(grad, w) : null,
      needs[1] ? matmul(transpose(rows), reshape(x, rowShape(x))) : null,
      needs[2] ? sum(rows, 0) : null,
    ];
  },
});

/**
 * `x w^T + b`, over the last dimension.
 *
 * @param x  `[..., K]`, float
 * @param weight  `[N, K]`
 * @param bias  `[N]`, or null
 * @returns `[..., N]`
 * @throws ShapeError if sizes do not fit
 * @example const y = linear(ones([2, 3, 4]), ones([5, 4]), zeros([5])); // [2, 3, 5]
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  requireFloat("linear", x);
  if (x.rank === 0 || weight.rank !== 2) {
    throw new ShapeError(
      `linear: x needs a dimension and the weight two (x ${formatShape(x.shape)}, w ${formatShape(weight.shape)})`,
    );
  }
  return currentAutocast() === null
    ? runLinear(x, weight, bias)
    : tidy(() => runLinear(...lowered(x, weight, bias)));
}

function runLinear(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const attrs = { activation: null };
  if (rowView(x)) return runOne(linearOp, [x, weight, bias], attrs);
  return scoped(() => runOne(linearOp, [copy(x), weight, bias], attrs));
}
