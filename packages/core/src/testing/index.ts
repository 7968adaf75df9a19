/** Helpers for tests: gradients against differences, memory that comes back. */
export { type CheckGradientsOptions, checkGradients, type TestedFunction } from "./check-gradients.ts";
export { evaluate, evaluateAll } from "./evaluate.ts";
export { guardMemory, type TestHooks } from "./guard-memory.ts";
export { leftBehind } from "./left-behind.ts";
export {
  type RandomProgramOptions,
  randomMaskProgram,
  randomScoreProgram,
} from "./random-score-program.ts";
export { type CapturedNumbers, runScoreProgram } from "./run-score-program.ts";
