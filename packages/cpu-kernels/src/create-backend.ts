import { CpuBackend } from "./backend.ts";
import { findBlas } from "./blas/find-blas.ts";
import { SCRATCH, SCRATCH_BYTES, type WasmExports } from "./generated/exports.ts";
import { Allocator } from "./memory/allocator.ts";
import { WasmMemory } from "./memory/wasm-memory.ts";
import { type CpuBackendOptions, planOptions } from "./options.ts";
import { hasSharedMemory, mayBlock } from "./platform.ts";
import { compileModule } from "./wasm/binary.ts";
import { startWorker } from "./workers/worker-pool.ts";

/**
 * Makes a CPU backend: compiles the kernels, reserves memory, starts the workers.
 *
 * @throws CpuOptionError  an option is unknown, malformed or cannot be had here
 * @throws CpuUnsupportedError  the engine has no WebAssembly SIMD
 * @example setBackend(await createCpuBackend({ threads: 2 }));
 */
export async function createCpuBackend(options: CpuBackendOptions = {}): Promise<CpuBackend> {
  const plan = await planOptions(options);
  const heap = SCRATCH + plan.threads * SCRATCH_BYTES;
  const memory = new WasmMemory(hasSharedMemory(), plan.memoryLimit, heap);
  const module = await compileModule(plan.simd, memory.shared);
  const blas = await findBlas(plan.blas, memory.memory, memory.shared);
  const env = { memory: memory.memory, blasGemm: blas.gemm ?? (() => {}) };
  const instance = new WebAssembly.Instance(module, { env });
  const wasm = instance.exports as unknown as WasmExports; // typed by the build, from the same sources
  wasm.configureBlas(blas.gemm ? 1 : 0);
  wasm.configurePool(plan.threads, mayBlock ? 1 : 0);
  const workers = await Promise.all(
    Array.from({ length: plan.threads - 1 }, (_, i) =>
      startWorker({ module, memory: memory.memory, thread: i + 1, blas: blas.source }),
    ),
  );
  const facts = {
    simd: `${plan.simd} (${plan.simdNote})`,
    threads: plan.threads,
    threadsNote: plan.threadsNote,
    blas: blas.fact,
    memoryLimit: memory.limit - heap,
  };
  return new CpuBackend({ memory, wasm }, new Allocator(memory, heap), facts, async () => {
    wasm.stopWorkers();
    await Promise.all(workers.map((worker) => worker.stop()));
  });
}
