/** Helpers for tests: gradients against differences, memory that comes back. */
export { type CheckGradientsOptions, checkGradients, type TestedFunction } from "./check-gradients.ts";
export { evaluate, evaluateAll } from "./evaluate.ts";
export { guardMemory, type TestHooks } from "./guard-memory.ts";
export { leftBehind } from "./left-behind.ts";
