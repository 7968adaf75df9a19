import { getBackend, setBackend } from "@saccade/core";
import { createCpuBackend } from "@saccade/cpu-kernels";

/** The hooks of a test runner. */
interface FileHooks {
  beforeAll(fn: () => Promise<void>): void;
  afterAll(fn: () => Promise<void>): void;
}

/**
 * Runs the tests of a file on the CPU backend, which trains some ten times as fast as the reference. One thread, no BLAS and
 * plain SIMD: training goes the same way on every machine.
 */
export function onCpu(hooks: FileHooks): void {
  const before = getBackend();
  hooks.beforeAll(async () =>
    setBackend(await createCpuBackend({ threads: 1, blas: "off", simd: "baseline" })),
  );
  hooks.afterAll(async () => {
    const backend = getBackend();
    setBackend(before);
    await backend.dispose();
  });
}
