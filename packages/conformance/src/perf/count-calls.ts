import type { Backend, FusedKernelName, KernelName, RequiredKernelName } from "@saccade/core/backend";

/** What went through a backend. */
export interface Calls {
  /** How often each kernel ran; those that did not are absent. */
  readonly kernels: Partial<Record<KernelName, number>>;
  /** Buffers asked for, and their bytes in all. */
  readonly allocations: number;
  readonly allocatedBytes: number;
}

/**
 * A backend that counts what `inner` is asked to do: what does not depend on the machine's load.
 *
 * @example
 * const { backend, counted } = countCalls(createReferenceBackend());
 * const x = full([2, 3], 1, { backend });
 * counted(() => x.add(x)); // => { kernels: { binary: 1 }, allocations: 1, allocatedBytes: 24 }
 */
export function countCalls(inner: Backend): { backend: Backend; counted: (run: () => void) => Calls } {
  let calls = { kernels: {} as Partial<Record<KernelName, number>>, allocations: 0, allocatedBytes: 0 };
  const watch = (name: KernelName, run: (...operands: readonly never[]) => void) => {
    return (...operands: readonly never[]): void => {
      calls.kernels[name] = (calls.kernels[name] ?? 0) + 1;
      run(...operands);
    };
  };
  const kernels = Object.fromEntries(
    Object.entries(inner.kernels).map(([name, run]) => [name, watch(name as RequiredKernelName, run)]),
  ) as unknown as Backend["kernels"];
  const fused = Object.fromEntries(
    Object.entries(inner.fused).map(([name, kernel]) => [
      name,
      { ...kernel, run: watch(name as FusedKernelName, kernel.run) },
    ]),
  ) as Backend["fused"];
  const backend: Backend = {
    name: inner.name,
    dtypes: inner.dtypes,
    kernels,
    fused,
    alloc(bytes, tensor) {
      calls.allocations++;
      calls.allocatedBytes += bytes;
      return inner.alloc(bytes, tensor);
    },
    free: (buffer) => inner.free(buffer),
    write: (buffer, data, byteOffset) => inner.write(buffer, data, byteOffset),
    read: (buffer, byteOffset, bytes) => inner.read(buffer, byteOffset, bytes),
    flush: () => inner.flush(),
    info: () => inner.info(),
    dispose: () => inner.dispose(),
  };
  const counted = (run: () => void): Calls => {
    calls = { kernels: {}, allocations: 0, allocatedBytes: 0 };
    run();
    return calls;
  };
  return { backend, counted };
}
