import type {
  FusedKernel,
  FusedKernelName,
  KernelFunction,
  RequiredKernelName,
  RequiredKernels,
} from "@saccade/core/backend";
import type { Runtime } from "../runtime.ts";
import { binaryKernel } from "./elementwise/binary.ts";
import { castKernel } from "./elementwise/cast.ts";
import { copyKernel } from "./elementwise/copy.ts";
import { iotaKernel } from "./elementwise/iota.ts";
import { randomKernel } from "./elementwise/random.ts";
import { unaryKernel } from "./elementwise/unary.ts";
import { whereKernel } from "./elementwise/where.ts";
import { fillKernel } from "./fill.ts";
import { missing } from "./missing.ts";
import { gatherKernel } from "./indexing/gather.ts";
import { scatterAddKernel } from "./indexing/scatter-add.ts";
import { reduceKernel } from "./reduce/reduce.ts";

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
      iota: iotaKernel(runtime),
      random: randomKernel(runtime),
      copy: copyKernel(runtime),
      cast: castKernel(runtime),
      unary: unaryKernel(runtime),
      binary: binaryKernel(runtime),
      where: whereKernel(runtime),
      reduce: reduceKernel(runtime),
      argReduce: missing("argReduce"),
      scan: missing("scan"),
      gather: gatherKernel(runtime),
      scatterAdd: scatterAddKernel(runtime),
      topK: missing("topK"),
    },
    fused: {},
  };
}
