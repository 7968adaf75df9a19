// Types of `using`, also for pages whose TypeScript brings no types of Node's.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Backend, BufferHandle, DType, View } from "./backend.ts";
import { bytesPerElement } from "./backend.ts";
import { LifetimeError } from "./errors.ts";
import type { Layout } from "./layout.ts";
import {
  broadcastLayout,
  contiguousStrides,
  formatShape,
  isContiguous,
  sameShape,
  sizeOf,
} from "./layout.ts";
import { memoryCounters } from "./memory.ts";
import { currentScope, type Scope, tensorMark } from "./scope.ts";
import { Storage } from "./storage.ts";

let nextId = 1;

/** The id of the newest value: those made later have larger ones. @internal */
export function newestId(): number {
  return nextId - 1;
}

/**
 * An n-dimensional array on a backend: a handle of shape, strides and offset on a shared storage.
 *
 * A handle lives until its scope ends (`tidy`, and the scopes that the library opens itself), or until `dispose()`.
 * Handles are immutable; what computes new values makes new tensors. The methods for ops are added by `methods.ts`.
 */
export class Tensor {
  /** Names the value: handles that a tape or an owner keeps of the same value share it. */
  readonly id: number;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** In elements, from the start of the storage. */
  readonly offset: number;
  /** The scope that will dispose of this handle; null where an owner does. @internal */
  scope: Scope | null = null;
  private storageOrNull: Storage | null;

  /** Takes over one reference on `storage`. Use the creation functions and ops instead. @internal */
  constructor(storage: Storage, dtype: DType, layout: Layout, id: number = nextId++) {
    this.storageOrNull = storage;
    this.dtype = dtype;
    this.shape = layout.shape;
    this.strides = layout.strides;
    this.offset = layout.offset;
    this.id = id;
    memoryCounters.tensors++;
  }

  /** @internal */
  get [tensorMark](): true {
    return true;
  }

  /** @internal */
  get storage(): Storage {
    if (this.storageOrNull === null) {
      throw new LifetimeError(
        `${this.describe()} was used after its memory was given back; return it from the tidy() that made it, or keep() it`,
      );
    }
    return this.storageOrNull;
  }

  /** The backend's handle; with shape, strides, offset and dtype this makes a tensor a `View`. @internal */
  get buffer(): BufferHandle {
    return this.storage.buffer;
  }

  get backend(): Backend {
    return this.storage.backend;
  }

  /** Number of dimensions. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  get isDisposed(): boolean {
    return this.storageOrNull === null;
  }

  get isContiguous(): boolean {
    return isContiguous(this);
  }

  /** Gives the memory back now. Disposing twice is harmless. */
  dispose(): void {
    if (this.storageOrNull === null) return;
    this.storageOrNull.release();
    this.storageOrNull = null;
    this.scope = null;
    memoryCounters.tensors--;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** A second handle of the same value, owned by the caller and no scope: how tapes and owners hold on to it. @internal */
  share(): Tensor {
    return new Tensor(this.storage.retain(), this.dtype, this, this.id);
  }

  /** `tensor 12 f32 [2,3]`, for messages. */
  describe(): string {
    return `tensor ${this.id} ${this.dtype} ${formatShape(this.shape)}`;
  }

  toString(): string {
    return this.describe();
  }
}

/** Hands a fresh tensor to the current scope. */
function adopt(tensor: Tensor): Tensor {
  currentScope()?.add(tensor);
  return tensor;
}

/** Uninitialised, contiguous, in the current scope. @internal */
export function allocate(op: string, backend: Backend, dtype: DType, shape: readonly number[]): Tensor {
  const storage = new Storage(backend, sizeOf(shape) * bytesPerElement[dtype], { op, dtype, shape });
  return adopt(new Tensor(storage, dtype, { shape, strides: contiguousStrides(shape), offset: 0 }));
}

/** Another layout on the storage of `tensor`, as a new value, in the current scope. @internal */
export function viewOf(tensor: Tensor, layout: Layout): Tensor {
  return adopt(new Tensor(tensor.storage.retain(), tensor.dtype, layout));
}

/** `tensor` for a kernel, seen with `shape`: itself, or with strides of 0 where it is broadcast. @internal */
export function broadcastView(name: string, tensor: Tensor, shape: readonly number[]): View {
  if (sameShape(tensor.shape, shape)) return tensor;
  return { buffer: tensor.buffer, dtype: tensor.dtype, ...broadcastLayout(name, tensor, shape) };
}

/** The same value as one more handle in the current scope. @internal */
export function shareInScope(tensor: Tensor): Tensor {
  return adopt(tensor.share());
}
