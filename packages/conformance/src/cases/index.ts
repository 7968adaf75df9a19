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
import { inHalves } from "./halves.ts";
import { iotaCases } from "./iota.ts";
import { layerNormCases } from "./layer-norm.ts";
import { layerNormBackwardCases } from "./layer-norm-backward.ts";
import { linearCases } from "./linear.ts";
import { matmulCases } from "./matmul.ts";
import { quantizedLinearCases } from "./quantized-linear.ts";
import { randomCases } from "./random.ts";
import { recurrentCases } from "./recurrent.ts";
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
  fill: [...fillCases, ...inHalves(fillCases)],
  iota: [...iotaCases, ...inHalves(iotaCases)],
  random: [...randomCases, ...inHalves(randomCases)],
  copy: [...copyCases, ...inHalves(copyCases)],
  cast: castCases,
  unary: [...unaryCases, ...inHalves(unaryCases)],
  binary: [...binaryCases, ...inHalves(binaryCases)],
  where: [...whereCases, ...inHalves(whereCases)],
  reduce: [...reduceCases, ...inHalves(reduceCases)],
  argReduce: [...argReduceCases, ...inHalves(argReduceCases)],
  scan: [...scanCases, ...inHalves(scanCases)],
  matmul: [...matmulCases, ...inHalves(matmulCases)],
  gather: [...gatherCases, ...inHalves(gatherCases)],
  scatterAdd: [...scatterAddCases, ...inHalves(scatterAddCases)],
  topK: [...topKCases, ...inHalves(topKCases)],
  linear: [...linearCases, ...inHalves(linearCases)],
  quantizedLinear: [...quantizedLinearCases, ...inHalves(quantizedLinearCases)],
  softmax: [...softmaxCases, ...inHalves(softmaxCases)],
  softmaxBackward: [...softmaxBackwardCases, ...inHalves(softmaxBackwardCases)],
  layerNorm: [...layerNormCases, ...inHalves(layerNormCases)],
  layerNormBackward: [...layerNormBackwardCases, ...inHalves(layerNormBackwardCases)],
  rmsNorm: [...rmsNormCases, ...inHalves(rmsNormCases)],
  rmsNormBackward: [...rmsNormBackwardCases, ...inHalves(rmsNormBackwardCases)],
  crossEntropy: [...crossEntropyCases, ...inHalves(crossEntropyCases)],
  crossEntropyBackward: [...crossEntropyBackwardCases, ...inHalves(crossEntropyBackwardCases)],
  attention: [...attentionCases, ...inHalves(attentionCases)],
  attentionBackward: [...attentionBackwardCases, ...inHalves(attentionBackwardCases)],
  unaryBackward: [...unaryBackwardCases, ...inHalves(unaryBackwardCases)],
  glu: [...gluCases, ...inHalves(gluCases)],
  gluBackward: [...gluBackwardCases, ...inHalves(gluBackwardCases)],
  dropout: [...dropoutCases, ...inHalves(dropoutCases)],
  sumSquares: [...sumSquaresCases, ...inHalves(sumSquaresCases)],
  lstmSequence: [...recurrentCases.lstmSequence, ...inHalves(recurrentCases.lstmSequence)],
  lstmSequenceBackward: [
    ...recurrentCases.lstmSequenceBackward,
    ...inHalves(recurrentCases.lstmSequenceBackward),
  ],
  gruSequence: [...recurrentCases.gruSequence, ...inHalves(recurrentCases.gruSequence)],
  gruSequenceBackward: [
    ...recurrentCases.gruSequenceBackward,
    ...inHalves(recurrentCases.gruSequenceBackward),
  ],
  rnnSequence: [...recurrentCases.rnnSequence, ...inHalves(recurrentCases.rnnSequence)],
  rnnSequenceBackward: [
    ...recurrentCases.rnnSequenceBackward,
    ...inHalves(recurrentCases.rnnSequenceBackward),
  ],
  adamwStep: [...adamwStepCases, ...inHalves(adamwStepCases)],
};

export const kernelNames: readonly KernelName[] = Object.keys(kernelCases) as KernelName[];

/** Every case of every kernel. */
export const allCases: readonly AnyCase[] = Object.values(kernelCases).flat();
