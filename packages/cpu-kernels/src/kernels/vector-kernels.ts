import type {
  FusedKernel,
  FusedKernelName,
  KernelFunction,
  RequiredKernelName,
  RequiredKernels,
} from "@saccade/core/backend";
import type { Runtime } from "../runtime.ts";
import { adamwKernel } from "./elementwise/adamw.ts";
import { binaryKernel } from "./elementwise/binary.ts";
import { castKernel } from "./elementwise/cast.ts";
import { copyKernel } from "./elementwise/copy.ts";
import { dropoutKernel, gluBackwardKernel, gluKernel, unaryBackwardKernel } from "./elementwise/fused.ts";
import { iotaKernel } from "./elementwise/iota.ts";
import { randomKernel } from "./elementwise/random.ts";
import { unaryKernel } from "./elementwise/unary.ts";
import { whereKernel } from "./elementwise/where.ts";
import { fillKernel } from "./fill.ts";
import { gatherKernel } from "./indexing/gather.ts";
import { scatterAddKernel } from "./indexing/scatter-add.ts";
import { scanKernel } from "./order/scan.ts";
import { topKKernel } from "./order/top-k.ts";
import { argReduceKernel } from "./reduce/arg-reduce.ts";
import { reduceKernel, sumSquaresKernel } from "./reduce/reduce.ts";
import { crossEntropyBackwardKernel, crossEntropyKernel } from "./rows/cross-entropy.ts";
import {
  layerNormBackwardKernel,
  layerNormKernel,
  rmsNormBackwardKernel,
  rmsNormKernel,
} from "./rows/norms.ts";
import { softmaxBackwardKernel, softmaxKernel } from "./rows/softmax.ts";

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
      argReduce: argReduceKernel(runtime),
      scan: scanKernel(runtime),
      gather: gatherKernel(runtime),
      scatterAdd: scatterAddKernel(runtime),
      topK: topKKernel(runtime),
    },
    fused: {
      softmax: softmaxKernel(runtime),
      softmaxBackward: softmaxBackwardKernel(runtime),
      layerNorm: layerNormKernel(runtime),
      layerNormBackward: layerNormBackwardKernel(runtime),
      rmsNorm: rmsNormKernel(runtime),
      rmsNormBackward: rmsNormBackwardKernel(runtime),
      crossEntropy: crossEntropyKernel(runtime),
      crossEntropyBackward: crossEntropyBackwardKernel(runtime),
      unaryBackward: unaryBackwardKernel(runtime),
      glu: gluKernel(runtime),
      gluBackward: gluBackwardKernel(runtime),
      dropout: dropoutKernel(runtime),
      sumSquares: sumSquaresKernel(runtime),
      adamwStep: adamwKernel(runtime),
    },
  };
}
