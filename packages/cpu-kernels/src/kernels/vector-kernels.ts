import type {
  FusedKernel,
  FusedKernelName,
  KernelFunction,
  RequiredKernelName,
  RequiredKernels,
} from "@saccade/core/backend";
import type { Runtime } from "../runtime.ts";
import { unaryKernel } from "./elementwise/unary.ts";
import { fillKernel } from "./fill.ts";
import { missing } from "./missing.ts";

/** Everything but products of matrices and attention. */
export interface VectorKernels {
  readonly required: {
    readonly [N in Exclude<RequiredKernelName, "matmul">]: KernelFunction<RequiredKernels[N]>;
  };
  readonly fused: {
    readonly [N in Exclude<FusedKernelName, "linear" | "attention" | "attentionBackward">]?: FusedKernel<N>;
  };
}

export function vectorKernels(runtime: Runtime): VectorKernels {
  return {
    required: {
      fill: fillKernel(runtime),
      iota: missing("iota"),
      random: missing("random"),
      copy: missing("copy"),
      cast: missing("cast"),
      unary: unaryKernel(runtime),
      binary: missing("binary"),
      where: missing("where"),
      reduce: missing("reduce"),
      argReduce: missing("argReduce"),
      scan: missing("scan"),
      gather: missing("gather"),
      scatterAdd: missing("scatterAdd"),
      topK: missing("topK"),
    },
    fused: {},
  };
}
