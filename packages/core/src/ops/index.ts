export * from "./activations.ts";
export { affine } from "./affine.ts";
export { arange, linspace } from "./arange.ts";
export { argmax, argmin, maxWithIndices, minWithIndices } from "./arg-reduce.ts";
export { add, div, mul, sub } from "./arithmetic.ts";
export { atan2, floorDiv, fmax, fmin, fmod, hypot, maximum, minimum, pow, remainder, truncDiv } from "./binary-math.ts";
export { cast, toFloat } from "./cast.ts";
export * from "./compare.ts";
export { concat, split, stack } from "./concat.ts";
export { contiguous, copy } from "./copy.ts";
export { cumprod, cumsum } from "./cumulative.ts";
export { detach } from "./detach.ts";
export { dropout } from "./dropout.ts";
export type { Operand } from "./elementwise.ts";
export { expand } from "./expand.ts";
export { type CreationOptions, full, fullLike, ones, zeros } from "./fill.ts";
export { flip } from "./flip.ts";
export { gather, indexSelect, oneHot, scatterAddInto } from "./gather.ts";
export { assign } from "./in-place.ts";
export { layerNorm } from "./layer-norm.ts";
export { linear } from "./linear.ts";
export { logsumexp } from "./logsumexp.ts";
export { matmul } from "./matmul.ts";
export { moveAxis, permute, transpose } from "./permute.ts";
export { rand, randn, randomBits } from "./random.ts";
export { all, amax, amin, any, type Axes, mean, prod, type ReduceOptions, sum } from "./reduce.ts";
export { flatten, reshape, squeeze, unsqueeze } from "./reshape.ts";
export { rmsNorm } from "./rms-norm.ts";
export { narrow, slice, type SliceRange } from "./slice.ts";
export { logSoftmax, softmax } from "./softmax.ts";
export { sumSquares } from "./sum-squares.ts";
export { sumTo } from "./sum-to.ts";
export { sort, topK, type ValuesAndIndices } from "./top-k.ts";
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
export { maskedFill, where } from "./where.ts";
