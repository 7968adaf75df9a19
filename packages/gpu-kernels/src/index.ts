export type { ExperimentalFeature, GpuFeature } from "./adapter/features.ts";
export type { GpuBackend } from "./backend.ts";
export { createGpuBackend, type GpuBackendOptions } from "./create-backend.ts";
export type { KernelTime, TimedDispatch } from "./device/profiler.ts";
export {
  GpuError,
  GpuIndexError,
  GpuLimitError,
  GpuLostError,
  GpuOptionError,
  GpuOutOfMemoryError,
  GpuUnavailableError,
  GpuValidationError,
} from "./errors.ts";
