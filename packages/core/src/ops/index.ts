export * from "./activations.ts";
export { type AdamwStepOptions, type AdamwStepTargets, adamwStep, adamwSteps } from "./adamw-step.ts";
export { addmm, outer } from "./addmm.ts";
export { index, take } from "./advanced-index.ts";
export { affine } from "./affine.ts";
export { arange, linspace } from "./arange.ts";
export { argmax, argmin, maxWithIndices, minWithIndices } from "./arg-reduce.ts";
export { add, div, mul, sub } from "./arithmetic.ts";
export {
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool2d,
} from "./avg-pool.ts";
export { type BatchNormOptions, batchNorm } from "./batch-norm.ts";
export {
  type BinaryCrossEntropyOptions,
  type BinaryCrossEntropyWithLogitsOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
} from "./binary-cross-entropy.ts";
export {
  atan2,
  floorDiv,
  fmax,
  fmin,
  fmod,
  hypot,
  maximum,
  minimum,
  pow,
  remainder,
  truncDiv,
} from "./binary-math.ts";
export { bincount } from "./bincount.ts";
export { cast, toFloat } from "./cast.ts";
export * from "./compare.ts";
export { concat, split, stack } from "./concat.ts";
export { type ConvOptions, conv1d, conv2d } from "./conv.ts";
export { type ConvTransposeOptions, convTranspose1d, convTranspose2d } from "./conv-transpose.ts";
export { contiguous, copy } from "./copy.ts";
export { type CrossEntropyOptions, crossEntropy, type NllLossOptions, nllLoss } from "./cross-entropy.ts";
export { type CtcLossOptions, ctcLoss } from "./ctc-loss.ts";
export { cumprod, cumsum } from "./cumulative.ts";
export { detach } from "./detach.ts";
export { diag, diagEmbed, diagonal } from "./diagonal.ts";
export { dropout } from "./dropout.ts";
export { einsum } from "./einsum.ts";
export type { Operand } from "./elementwise.ts";
export { type EmbeddingLookup, embedding } from "./embedding.ts";
export { type EmbeddingBagOptions, embeddingBag } from "./embedding-bag.ts";
export { expand } from "./expand.ts";
export { type CreationOptions, full, fullLike, ones, zeros } from "./fill.ts";
export { flip } from "./flip.ts";
export { gather, indexSelect, oneHot, scatterAddInto } from "./gather.ts";
export { gatedActivation, glu } from "./glu.ts";
export { groupNorm } from "./group-norm.ts";
export { col2im, im2col, type WindowOptions } from "./im2col.ts";
export { assign } from "./in-place.ts";
export { type InterpolateMode, type InterpolateOptions, interpolate } from "./interpolate.ts";
export { type KlDivOptions, klDiv } from "./kl-div.ts";
export { layerNorm } from "./layer-norm.ts";
export { linear } from "./linear.ts";
export { logaddexp, logcumsumexp } from "./logaddexp.ts";
export { logsumexp } from "./logsumexp.ts";
export { matmul } from "./matmul.ts";
export {
  type MaxPoolOptions,
  maxPool1d,
  maxPool1dWithIndices,
  maxPool2d,
  maxPool2dWithIndices,
} from "./max-pool.ts";
export { median, medianWithIndices } from "./median.ts";
export { meshgrid } from "./meshgrid.ts";
export { nanmean, nansum, nanToNum } from "./nan.ts";
export { flatNonzero, maskedSelect, nonzero } from "./nonzero.ts";
export { norm } from "./norm.ts";
export { type PadMode, pad } from "./pad.ts";
export { moveAxis, movedim, permute, transpose } from "./permute.ts";
export { addcdiv, addcmul, lerp, xlogy } from "./pointwise.ts";
export type { PoolOptions } from "./pool-geometry.ts";
export {
  type CodeBits,
  dequantize,
  type QuantizedWeight,
  type QuantizeOptions,
  quantize,
} from "./quantize.ts";
export { quantizedLinear } from "./quantized-linear.ts";
export { rand, randn, randomBits } from "./random.ts";
export { type Axes, all, amax, amin, any, mean, prod, type ReduceOptions, sum } from "./reduce.ts";
export type { LossOptions, Reduction } from "./reduction.ts";
export { huberLoss, l1Loss, mseLoss, smoothL1Loss } from "./regression-losses.ts";
export { repeat, repeatInterleave } from "./repeat.ts";
export { flatten, reshape, squeeze, unsqueeze } from "./reshape.ts";
export { rmsNorm } from "./rms-norm.ts";
export { roll } from "./roll.ts";
export { cummax, cummin } from "./running-extremum.ts";
export { indexAdd, scatter, scatterAdd } from "./scatter.ts";
export { searchsorted } from "./searchsorted.ts";
export { cosineSimilarity, normalize, pairwiseDistance } from "./similarity.ts";
export { narrow, type SliceRange, slice } from "./slice.ts";
export { logSoftmax, softmax } from "./softmax.ts";
export type { Spatial } from "./spatial.ts";
export { sumSquares } from "./sum-squares.ts";
export { sumTo } from "./sum-to.ts";
export { argsort, sort, topK, type ValuesAndIndices } from "./top-k.ts";
export { tril, triu } from "./triangle.ts";
export { type TripletMarginOptions, tripletMarginLoss } from "./triplet-margin-loss.ts";
export {
  abs,
  acos,
  asin,
  atan,
  bitNot,
  ceil,
  cos,
  erf,
  exp,
  expm1,
  floor,
  frac,
  isFiniteMask,
  isInf,
  isNan,
  log,
  log1p,
  log2,
  logicalNot,
  neg,
  powScalar,
  reciprocal,
  round,
  rsqrt,
  sign,
  sin,
  sqrt,
  square,
  tan,
  trunc,
} from "./unary.ts";
export { chunk, unbind } from "./unbind.ts";
export { foldWindows, unfold } from "./unfold.ts";
export { type Unique, unique } from "./unique.ts";
export { std, type VarianceOptions, variance } from "./variance.ts";
export { maskedFill, where } from "./where.ts";
