import type { Backend, BackendInfo, BufferHandle, DType, TensorPurpose } from "@saccade/core/backend";
import { CpuDisposedError } from "./errors.ts";
import { matrixKernels } from "./kernels/matrix-kernels.ts";
import { vectorKernels } from "./kernels/vector-kernels.ts";
import type { Allocator } from "./memory/allocator.ts";
import type { Runtime } from "./runtime.ts";

/** The CPU backend: kernels in WebAssembly on one memory. Every kernel has finished when its call returns. */
export class CpuBackend implements Backend {
  readonly name = "cpu";
  readonly dtypes: ReadonlySet<DType> = new Set<DType>(["f32", "i32", "u8"]);
  readonly kernels: Backend["kernels"];
  readonly fused: Backend["fused"];
  readonly #runtime: Runtime;
  readonly #allocator: Allocator;
  readonly #facts: BackendInfo;
  readonly #stop: () => Promise<void>;
  #disposed = false;

  /** The memory and the raw module: for tests and benchmarks of this package. */
  get internals(): Runtime {
    return this.#runtime;
  }

  /** Made by `createCpuBackend`. */
  constructor(runtime: Runtime, allocator: Allocator, facts: BackendInfo, stop: () => Promise<void>) {
    this.#runtime = runtime;
    this.#allocator = allocator;
    this.#facts = facts;
    this.#stop = stop;
    const matrix = matrixKernels(runtime);
    const vector = vectorKernels(runtime);
    this.kernels = { ...vector.required, ...matrix.required };
    this.fused = { ...vector.fused, ...matrix.fused };
  }

  alloc(bytes: number, tensor?: TensorPurpose): BufferHandle {
    if (this.#disposed) throw disposed("alloc");
    return this.#allocator.alloc(bytes, tensor);
  }

  free(buffer: BufferHandle): void {
    if (!this.#disposed) this.#allocator.free(buffer);
  }

  write(buffer: BufferHandle, data: ArrayBufferView, byteOffset = 0): void {
    if (this.#disposed) throw disposed("write");
    const source = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#runtime.memory.u8.set(source, buffer + byteOffset);
  }

  async read(buffer: BufferHandle, byteOffset: number, bytes: number): Promise<ArrayBuffer> {
    if (this.#disposed) throw disposed("read");
    const start = buffer + byteOffset;
    const copy = new Uint8Array(bytes);
    copy.set(this.#runtime.memory.u8.subarray(start, start + bytes));
    return copy.buffer;
  }

  flush(): void {}

  info(): BackendInfo {
    return {
      ...this.#facts,
      liveBytes: this.#allocator.live,
      liveBuffers: this.#allocator.blocks,
      reservedBytes: this.#allocator.reserved,
    };
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#stop();
  }
}

function disposed(call: string): CpuDisposedError {
  return new CpuDisposedError(`${call}: the CPU backend was disposed`);
}
