import type { ActivationName, FusedKernel } from "@saccade/core/backend";
import type { Runtime } from "../runtime.ts";
import { isContiguous, pointer } from "../views/pointer.ts";

/** As assembly/epilogue.ts numbers them. */
const codes: Readonly<Record<ActivationName, number>> = {
  gelu: 1,
  geluTanh: 2,
  relu: 3,
  silu: 4,
  sigmoid: 5,
  tanh: 6,
  quickGelu: 7,
};

/**
 * `linear`: the product with the transposed weight; sums start from the bias, the activation runs over each tile
 * while it is in cache. One row is a stream over the weight (decoding).
 */
export function linearKernel({ wasm }: Runtime): FusedKernel<"linear"> {
  return {
    supports: ([x, , bias]) => x.dtype === "f32" && (bias === null || isContiguous(bias)),
    run: ([x, w, bias], [y, pre], { activation }) => {
      const [m, k] = x.shape;
      const n = w.shape[0];
      if (m * n === 0) return;
      const out = pointer(y);
      wasm.gemm(
        pointer(x),
        x.strides[0],
        k === 1 ? 1 : x.strides[1],
        pointer(w),
        k === 1 && w.strides[0] !== 1 ? 1 : w.strides[1],
        w.strides[0],
        pre ? pointer(pre) : out,
        m,
        n,
        k,
        bias ? pointer(bias) : 0,
        activation ? codes[activation] : 0,
        out,
      );
    },
  };
}
