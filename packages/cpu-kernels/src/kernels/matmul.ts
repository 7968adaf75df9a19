import type { KernelFunction, RequiredKernels } from "@saccade/core/backend";
import type { Runtime } from "../runtime.ts";
import { pointer } from "../views/pointer.ts";

export function matmulKernel({ wasm }: Runtime): KernelFunction<RequiredKernels["matmul"]> {
  return ([a, b], [out]) => {
    const rank = out.shape.length;
    const m = out.shape[rank - 2];
    const n = out.shape[rank - 1];
    const k = a.shape[rank - 1];
    wasm.gemm(
      pointer(a),
      a.strides[rank - 2],
      a.strides[rank - 1],
      pointer(b),
      b.strides[rank - 2],
      b.strides[rank - 1],
      pointer(out),
      m,
      n,
      k,
      0,
      0,
      0,
    );
  };
}
