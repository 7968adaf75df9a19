import type { FusedKernel, KernelFunction, RecurrentKernels, RequiredKernels } from "@saccade/core/backend";
import type { Runtime } from "../runtime.ts";
import { attentionBackwardKernel, attentionKernel } from "./attention/attention.ts";
import { linearKernel } from "./linear.ts";
import { matmulKernel } from "./matmul.ts";
import { recurrentKernels } from "./recurrent.ts";

/** Products of matrices, attention, and recurrent layers. */
export interface MatrixKernels {
  readonly required: { readonly [N in "matmul"]: KernelFunction<RequiredKernels[N]> };
  readonly fused: {
    readonly [N in "linear" | "attention" | "attentionBackward" | keyof RecurrentKernels]?: FusedKernel<N>;
  };
}

export function matrixKernels(runtime: Runtime): MatrixKernels {
  return {
    required: { matmul: matmulKernel(runtime) },
    fused: {
      linear: linearKernel(runtime),
      attention: attentionKernel(runtime),
      attentionBackward: attentionBackwardKernel(runtime),
      ...recurrentKernels(runtime),
    },
  };
}
