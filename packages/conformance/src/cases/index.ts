import type { KernelName } from "@saccade/core/backend";
import { adamwStepCases } from "./adamw-step.ts";
import { argReduceCases } from "./arg-reduce.ts";
import { attentionBackwardCases, attentionCases } from "./attention.ts";
import { binaryCases } from "./binary.ts";
import type { AnyCase, KernelCase } from "./case.ts";
import { castCases } from "./cast.ts";
import { copyCases } from "./copy.ts";
import { crossEntropyBackwardCases, crossEntropyCases } from "./cross-entropy.ts";
import {
  dropoutCases,
  gluBackwardCases,
  gluCases,
  sumSquaresCases,
  unaryBackwardCases,
} from "./elementwise-fused.ts";
import { fillCases } from "./fill.ts";
import { gatherCases } from "./gather.ts";
import { iotaCases } from "./iota.ts";
import { layerNormCases } from "./layer-norm.ts";
import { layerNormBackwardCases } from "./layer-norm-backward.ts";
import { linearCases } from "./linear.ts";
import { matmulCases } from "./matmul.ts";
import { randomCases } from "./random.ts";
import { reduceCases } from "./reduce.ts";
import { rmsNormBackwardCases, rmsNormCases } from "./rms-norm.ts";
import { scanCases } from "./scan.ts";
import { scatterAddCases } from "./scatter-add.ts";
import { softmaxCases } from "./softmax.ts";
import { softmaxBackwardCases } from "./softmax-backward.ts";
import { topKCases } from "./top-k.ts";
import { unaryCases } from "./unary.ts";
import { whereCases } from "./where.ts";

/** The one case list: every kernel of `backend.ts`, and what it must do. A kernel without cases does not compile. */
export const kernelCases: { readonly [N in KernelName]: readonly KernelCase<N>[] } = {
  fill: fillCases,
  iota: iotaCases,
  random: randomCases,
  copy: copyCases,
  cast: castCases,
  unary: unaryCases,
  binary: binaryCases,
  where: whereCases,
  reduce: reduceCases,
  argReduce: argReduceCases,
  scan: scanCases,
  matmul: matmulCases,
  gather: gatherCases,
  scatterAdd: scatterAddCases,
  topK: topKCases,
  linear: linearCases,
  softmax: softmaxCases,
  softmaxBackward: softmaxBackwardCases,
  layerNorm: layerNormCases,
  layerNormBackward: layerNormBackwardCases,
  rmsNorm: rmsNormCases,
  rmsNormBackward: rmsNormBackwardCases,
  crossEntropy: crossEntropyCases,
  crossEntropyBackward: crossEntropyBackwardCases,
  attention: attentionCases,
  attentionBackward: attentionBackwardCases,
  unaryBackward: unaryBackwardCases,
  glu: gluCases,
  gluBackward: gluBackwardCases,
  dropout: dropoutCases,
  sumSquares: sumSquaresCases,
  adamwStep: adamwStepCases,
};

export const kernelNames: readonly KernelName[] = Object.keys(kernelCases) as KernelName[];

/** Every case of every kernel. */
export const allCases: readonly AnyCase[] = Object.values(kernelCases).flat();
