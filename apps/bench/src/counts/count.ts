import type { Backend, FusedKernelName, KernelName, RequiredKernelName, View } from "@saccade/core/backend";
import { type Cost, kernelCost } from "./kernel-cost.ts";

/** What a program made a backend do. */
export interface Count extends Cost {
  readonly dispatches: number;
  /** The same by kernel, those first that move most. */
  readonly kernels: readonly KernelCount[];
}

export interface KernelCount extends Cost {
  readonly kernel: KernelName;
  readonly calls: number;
  readonly dispatches: number;
}

type LooseKernel = (inputs: readonly (View | null)[], outputs: readonly View[], attrs: unknown) => void;

/** A backend that does what `inner` does, and counts it. `inner` counts its dispatches itself. */
export function countingBackend(inner: Backend): {
  readonly backend: Backend;
  readonly count: (run: () => void) => Count;
} {
  let counts = new Map<KernelName, KernelCount>();
  const dispatches = (): number => Number(inner.info().dispatches);
  const watch = (kernel: KernelName, run: LooseKernel): LooseKernel => {
    return (inputs, outputs, attrs) => {
      const before = dispatches();
      run(inputs, outputs, attrs);
      const cost = kernelCost(kernel, inputs, outputs, attrs);
      const known = counts.get(kernel) ?? { kernel, calls: 0, dispatches: 0, bytes: 0, flops: 0 };
      counts.set(kernel, {
        kernel,
        calls: known.calls + 1,
        dispatches: known.dispatches + dispatches() - before,
        bytes: known.bytes + cost.bytes,
        flops: known.flops + cost.flops,
      });
    };
  };
  const kernels = Object.entries(inner.kernels).map(([name, run]) => [
    name,
    watch(name as RequiredKernelName, run as LooseKernel),
  ]);
  const fused = Object.entries(inner.fused).map(([name, kernel]) => [
    name,
    { ...kernel, run: watch(name as FusedKernelName, kernel.run as LooseKernel) },
  ]);
  const backend: Backend = {
    name: inner.name,
    dtypes: inner.dtypes,
    kernels: Object.fromEntries(kernels),
    fused: Object.fromEntries(fused),
    alloc: (bytes, tensor) => inner.alloc(bytes, tensor),
    free: (buffer) => inner.free(buffer),
    write: (buffer, data, byteOffset) => inner.write(buffer, data, byteOffset),
    read: (buffer, byteOffset, bytes) => inner.read(buffer, byteOffset, bytes),
    flush: () => inner.flush(),
    info: () => inner.info(),
    dispose: () => inner.dispose(),
  };
  const count = (run: () => void): Count => {
    counts = new Map();
    run();
    const all = [...counts.values()].sort((a, b) => b.bytes - a.bytes);
    const sum = (of: (one: KernelCount) => number): number => all.reduce((total, one) => total + of(one), 0);
    return {
      dispatches: sum((one) => one.dispatches),
      bytes: sum((one) => one.bytes),
      flops: sum((one) => one.flops),
      kernels: all,
    };
  };
  return { backend, count };
}
