import type { Backend, BufferHandle, TensorPurpose } from "./backend.ts";
import { memoryCounters } from "./memory.ts";

/** A buffer of a backend, shared by every tensor handle and tape that counts a reference on it. */
export class Storage {
  readonly backend: Backend;
  readonly buffer: BufferHandle;
  readonly bytes: number;
  private references = 1;

  constructor(backend: Backend, bytes: number, purpose: TensorPurpose) {
    this.backend = backend;
    this.bytes = bytes;
    this.buffer = backend.alloc(bytes, purpose);
    memoryCounters.allocated(bytes);
  }

  retain(): this {
    this.references++;
    return this;
  }

  release(): void {
    if (--this.references > 0) return;
    this.backend.free(this.buffer);
    memoryCounters.freed(this.bytes);
  }
}
