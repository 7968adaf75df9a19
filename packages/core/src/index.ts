import "./methods.ts";

export {
  describeValue,
  type OptionNames,
  requireDropout,
  requireKey,
  requireKnown,
  requirePositiveInteger,
  requireTensors,
} from "./arguments.ts";

export { type AutocastOptions, autocast, autocastDtype, lowered } from "./autocast.ts";
export type {
  ActivationName,
  AttentionAttrs,
  AttentionBackwardAttrs,
  Backend,
  BackendInfo,
  DType,
  KeyWords,
  RnnNonlinearity,
  RowSlice,
  ScoreBinary,
  ScoreMods,
  ScoreProgram,
  ScoreSource,
  ScoreStep,
  ScoreUnary,
  SequenceAttrs,
  View,
} from "./backend.ts";
export { checkpoint } from "./checkpoint.ts";
export { type NestedNumbers, scalar, type TensorData, type TensorOptions, tensor } from "./create.ts";
export { getBackend, setBackend, withBackend } from "./default-backend.ts";
export { isFloat, requireDtype, requireFloat, statisticDtype } from "./dtype.ts";
export * from "./errors.ts";
export { type Differentiable, grad, type ValueAndGrad, valueAndGrad, vjp } from "./grad.ts";
export {
  broadcastLayout,
  broadcastShapes,
  contiguousStrides,
  formatShape,
  type Layout,
  normalizeAxis,
  sameShape,
  sizeOf,
} from "./layout.ts";
export { scoreProgram, scoreStepKey } from "./make-score-program.ts";
export { type MemoryReport, memory, resetPeak } from "./memory.ts";
export {
  defineOp,
  fused,
  type Inputs,
  type KernelRef,
  type Op,
  type OpDefinition,
  registeredOps,
  required,
  run,
  runOne,
  type Saves,
  type TensorSpec,
  type VjpContext,
} from "./op.ts";
export * from "./ops/index.ts";
export { Key } from "./random/key.ts";
export { threefry2x32 } from "./random/threefry.ts";
export type { Nested, TypedArrays } from "./read.ts";
export { binaryFunctions } from "./scalar/binary.ts";
export { unaryFunctions } from "./scalar/unary.ts";
export { keep, tidy } from "./scope.ts";
export { settle } from "./settle.ts";
export { noGrad } from "./tape.ts";
export { Tensor } from "./tensor.ts";
