/** Exports of the matrix kernels. */
export { gemm } from "./gemm";
export { BATCH_PLAN, gemmBatched } from "./gemm-batched";
export { streamProduct } from "./stream";
export { matmulSlow } from "./matmul-slow";
export { peakMadd } from "./peak";
export { attention } from "./attention/forward";
export { attentionBackward } from "./attention/backward";
export { lstmSequence, lstmSequenceBackward } from "./recurrent/lstm";
export { gruSequence, gruSequenceBackward } from "./recurrent/gru";
export { rnnSequence, rnnSequenceBackward } from "./recurrent/rnn";
export { sequencesPay } from "./recurrent/weights";
