import type { Backend, DType, View } from "../backend.ts";
import { elementwiseKernels } from "./elementwise.ts";
import { indexingKernels } from "./indexing.ts";
import { ReferenceMemory } from "./memory.ts";
import { reductionKernels } from "./reductions.ts";

/** The kernels, which round what they computed for f16 outputs when they are done. */
function storing(memory: ReferenceMemory, kernels: Backend["kernels"]): Backend["kernels"] {
  const wrapped = Object.entries(kernels).map(([name, kernel]) => {
    const run = kernel as (inputs: unknown, outputs: readonly View[], attrs: unknown) => void;
    const stored = (inputs: unknown, outputs: readonly View[], attrs: unknown): void => {
      run(inputs, outputs, attrs);
      memory.settle(outputs);
    };
    return [name, stored];
  });
  return Object.fromEntries(wrapped) as unknown as Backend["kernels"]; // names and types stay as they are
}

/**
 * The reference backend: the required kernels in plain TypeScript, computed in f64 and rounded when stored, and no
 * fused ones. Slow, exact, everywhere: the oracle of the tests and the floor that always works.
 *
 * @example setBackend(createReferenceBackend());
 */
export function createReferenceBackend(): Backend {
  const memory = new ReferenceMemory();
  return {
    name: "reference",
    dtypes: new Set<DType>(["f16", "f32", "f64", "i32", "u8"]),
    kernels: storing(memory, {
      ...elementwiseKernels(memory),
      ...reductionKernels(memory),
      ...indexingKernels(memory),
    }),
    fused: {},
    alloc: (bytes) => memory.alloc(bytes),
    free: (buffer) => memory.free(buffer),
    write(buffer, data, byteOffset = 0) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      new Uint8Array(memory.bytes(buffer)).set(bytes, byteOffset);
    },
    read: async (buffer, byteOffset, bytes) => memory.bytes(buffer).slice(byteOffset, byteOffset + bytes),
    flush() {},
    info: () => ({ backend: "reference", language: "TypeScript", arithmetic: "f64" }),
    dispose: () => memory.clear(),
  };
}
