export { CpuBackend } from "./backend.ts";
export { createCpuBackend } from "./create-backend.ts";
export { CpuDisposedError, CpuOptionError, CpuUnsupportedError, OutOfMemoryError } from "./errors.ts";
export type { CpuBackendOptions } from "./options.ts";
export type { SimdLevel } from "./wasm/detect.ts";
