/** What JavaScript sees. Every exported function becomes a typed member of `WasmExports` (src/generated/exports.ts). */
export { CONTROL, ARGS, ARGS_BYTES, WORKSPACE, WORKSPACE_BYTES, SCRATCH, SCRATCH_BYTES } from "./layout";
export { configurePool, shareEverything, workerLoop, stopWorkers } from "./pool";
export { configureBlas } from "./blas";
export * from "./matrix";
export * from "./vector";
