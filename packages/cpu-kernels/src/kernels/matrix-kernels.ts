import type { FusedKernel, KernelFunction, RequiredKernels } from "@saccade/core/backend";
import type { Runtime } from "../runtime.ts";
import { attentionBackwardKernel, attentionKernel } from "./attention/attention.ts";
import { linearKernel } from "./linear.ts";
import { matmulKernel } from "./matmul.ts";

/** Products of matrices, and attention. */
export interface MatrixKernels {
  readonly required: { readonly [N in "matmul"]: KernelFunction<RequiredKernels[N]> };
  readonly fused: { readonly [N in "linear" | "attention" | "attentionBackward"]?: FusedKernel<N> };
}

export function matrixKernels(runtime: Runtime): MatrixKernels {
  return {
    required: { matmul: matmulKernel(runtime) },
    fused: {
      linear: linearKernel(runtime),
      attention: attentionKernel(runtime),
      attentionBackward: attentionBackwardKernel(runtime),
    },
  };
}
