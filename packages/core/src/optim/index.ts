export { Adadelta, type AdadeltaHyperparameters } from "./adadelta.ts";
export { Adagrad, type AdagradHyperparameters } from "./adagrad.ts";
export { Adam } from "./adam.ts";
export type { AdamHyperparameters } from "./adam-algorithm.ts";
export { Adamax, type AdamaxHyperparameters } from "./adamax.ts";
export { AdamW } from "./adamw.ts";
export type { Algorithm, Hyperparameters, ParameterState, UpdateContext } from "./algorithm.ts";
export { clipGradNorm, clipGradValue, clipScale, gradNorm, type NormOptions } from "./clip.ts";
export { GradScaler, type GradScalerOptions, type GradScalerState, type ScaledStep } from "./grad-scaler.ts";
export { GradientAccumulator } from "./gradient-accumulator.ts";
export { Optimizer, type StepOptions } from "./optimizer.ts";
export type { OptimizerState } from "./optimizer-state.ts";
export type { OptimizerParameters, ParameterGroup, ParameterGroupOptions } from "./parameter-groups.ts";
export { RAdam, type RAdamHyperparameters } from "./radam.ts";
export { RMSprop, type RmspropHyperparameters } from "./rmsprop.ts";
export { type Schedule, type Scheduled, valueAt } from "./schedule.ts";
export { constant, constantLr } from "./schedules/constant-lr.ts";
export { cosineAnnealingLr, cosineAnnealingWarmRestarts } from "./schedules/cosine-annealing-lr.ts";
export { type CyclicLrOptions, cyclicLr } from "./schedules/cyclic-lr.ts";
export { lambdaLr } from "./schedules/lambda-lr.ts";
export { linearLr } from "./schedules/linear-lr.ts";
export { noam } from "./schedules/noam.ts";
export { type Cycle, type OneCycleLrOptions, oneCycleLr } from "./schedules/one-cycle-lr.ts";
export { polynomialLr } from "./schedules/polynomial-lr.ts";
export {
  type PlateauState,
  ReduceLrOnPlateau,
  type ReduceLrOnPlateauOptions,
} from "./schedules/reduce-lr-on-plateau.ts";
export { sequentialLr } from "./schedules/sequential-lr.ts";
export { exponentialLr, multiStepLr, stepLr } from "./schedules/step-lr.ts";
export {
  constantWithWarmup,
  cosineWithHardRestarts,
  cosineWithWarmup,
  inverseSqrtWithWarmup,
  linearWithWarmup,
  polynomialWithWarmup,
  type WarmupDecayOptions,
  type WarmupOptions,
} from "./schedules/with-warmup.ts";
export { SGD, type SgdHyperparameters } from "./sgd.ts";
