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

/** Up to so many rows, a weight of so many floats (more than stay in a cache from one token to the next) is streamed. */
const mostStreamed = { rows: 8, fewestFloats: 400_000 };

/**
 * `linear`: the product with the transposed weight; sums start from the bias, the activation runs over each tile
 * while it is in cache. A few rows are a stream over the weight (decoding).
 */
export function linearKernel({ wasm }: Runtime): FusedKernel<"linear"> {
  return {
    supports: ([x, , bias]) => x.dtype === "f32" && (bias === null || isContiguous(bias)),
    run: ([x, w, bias], [y, pre], { activation }) => {
      const [m, k] = x.shape;
      const n = w.shape[0];
      if (m * n === 0) return;
      const out = pointer(y);
      const sums = pre ? pointer(pre) : out;
      const from = pointer(x);
      const weight = pointer(w);
      const added = bias ? pointer(bias) : 0;
      const code = activation ? codes[activation] : 0;
      const dense = x.strides[1] === 1 && w.strides[1] === 1;
      if (dense && m <= mostStreamed.rows && n * k >= mostStreamed.fewestFloats) {
        wasm.streamProduct(from, x.strides[0], weight, w.strides[0], sums, m, n, k, added, code, out);
        return;
      }
      const xColumn = k === 1 ? 1 : x.strides[1];
      const wColumn = k === 1 && w.strides[0] !== 1 ? 1 : w.strides[1];
      wasm.gemm(from, x.strides[0], xColumn, weight, wColumn, w.strides[0], sums, m, n, k, added, code, out);
    },
  };
}
