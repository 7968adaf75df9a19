import { LifetimeError } from "../errors.ts";
import { type MemoryReport, memory } from "../memory.ts";

/** The hooks of a test runner. */
export interface TestHooks {
  beforeEach(fn: () => void): void;
  afterEach(fn: () => void): void;
}

/**
 * Makes every test of the file assert that live memory returns to where it was: tensors, buffers and bytes.
 *
 * @param hooks  those of the test runner (vitest's `beforeEach` and `afterEach`)
 * @throws LifetimeError in `afterEach`: `guardMemory: 2 tensors, 1 buffers, 16 bytes were left behind`
 * @example
 * guardMemory({
 *   beforeEach: (fn) => fn(), // import { afterEach, beforeEach } from "vitest"; guardMemory({ beforeEach, afterEach });
 *   afterEach: (fn) => fn(),
 * });
 */
export function guardMemory(hooks: TestHooks): void {
  let before: MemoryReport = memory();
  hooks.beforeEach(() => {
    before = memory();
  });
  hooks.afterEach(() => {
    const after = memory();
    const tensors = after.tensors - before.tensors;
    const buffers = after.buffers - before.buffers;
    const bytes = after.bytes - before.bytes;
    if (tensors === 0 && buffers === 0 && bytes === 0) return;
    throw new LifetimeError(
      `guardMemory: ${tensors} tensors, ${buffers} buffers, ${bytes} bytes were left behind`,
    );
  });
}
