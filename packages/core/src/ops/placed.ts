import type { Layout } from "../layout.ts";
import { contiguousStrides } from "../layout.ts";
import type { KernelRef } from "../op.ts";
import type { Tensor } from "../tensor.ts";

/**
 * A kernel for ops whose output is one number everywhere, but for a window that holds the input: the adjoints of views
 * (slice, diagonal), and padding.
 *
 * @param windowOf  where in the (contiguous) output the input goes
 * @param numberOf  the number elsewhere
 */
export function placedKernel<A>(
  windowOf: (whole: Layout, attrs: A) => Layout,
  numberOf: (attrs: A) => number = () => 0,
): KernelRef<readonly [Tensor], A> {
  return {
    supports: () => true,
    launch(backend, [x], [out], attrs) {
      backend.kernels.fill([], [out], { value: numberOf(attrs) });
      const whole = { shape: out.shape, strides: contiguousStrides(out.shape), offset: 0 };
      backend.kernels.copy([x], [{ buffer: out.buffer, dtype: out.dtype, ...windowOf(whole, attrs) }], {});
    },
  };
}
