import { defineOp, runOne, type Tensor, tensor } from "@saccade/core";

interface ProbeAttrs {
  /** Gets the gradient of the output, in a scope that ends. */
  readonly seen: (gradient: Tensor) => void;
}

/** The first input as it is. Its gradient passes and is shown; that of the second, which makes a tape record, is 0. */
const attentionProbeOp = defineOp<readonly [Tensor, Tensor], ProbeAttrs>("attentionProbe", {
  alias: ([{ shape, strides, offset }]) => ({ shape, strides, offset }),
  vjp({ grad, attrs: { seen }, specs: [, { dtype }], needs }) {
    seen(grad);
    return [needs[0] ? grad : null, tensor(0, { dtype, backend: grad.backend })];
  },
});

/**
 * A view of `x` that shows its gradient in the backward pass of a tape that tracks `source`, a scalar: also where nothing
 * that x was made of has a gradient.
 */
export function probe(x: Tensor, source: Tensor, seen: ProbeAttrs["seen"]): Tensor {
  return runOne(attentionProbeOp, [x, source], { seen });
}
