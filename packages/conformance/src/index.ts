export type { AnyCase, InputSpec, KernelCase, LayoutSpec, OutputSpec, Values } from "./cases/case.ts";
export { allCases, kernelCases } from "./cases/index.ts";
export { gradCases } from "./gradients/cases/index.ts";
export type { CaseOutcome } from "./runner/outcome.ts";
export {
  type CaseResult,
  type ConformanceReport,
  failuresOf,
  formatReport,
  type Mode,
  type Timing,
} from "./runner/report.ts";
export { type ConformanceOptions, runConformance } from "./runner/run-conformance.ts";
export type { Skip } from "./runner/skip.ts";
export type { KernelSupport } from "./runner/support.ts";
export { toleranceOf } from "./tolerances/tolerances.ts";
