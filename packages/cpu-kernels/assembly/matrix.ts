/** Exports of the matrix kernels. */
export { gemm } from "./gemm";
export { peakMadd } from "./peak";
