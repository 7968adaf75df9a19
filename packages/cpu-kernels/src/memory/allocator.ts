/**
 * A size-class allocator over the heap of a `WasmMemory`: O(1) `alloc` and `free`, every block reused by the next
 * request of its class. A 64-byte header in front of each block holds its class, so that a pointer is all a handle
 * needs. Only when the memory is exhausted are free neighbours merged and carved anew.
 */
import type { TensorPurpose } from "@saccade/core/backend";
import { OutOfMemoryError } from "../errors.ts";
import { FreeSpans } from "./free-spans.ts";
import { ALIGNMENT, CLASS_COUNT, classBytes, classOf } from "./size-classes.ts";
import type { WasmMemory } from "./wasm-memory.ts";

const HEADER = ALIGNMENT;
/** Header words: class, and one of these marks. */
const LIVE = 0x4c495645;
const FREE = 0x46524545;
/** Kernels may read (not write) so many bytes past a buffer: whole vectors at the end of a row. */
const GUARD = 64;
/** The memory grows by at least this. */
const GROWTH = 16 * 1024 * 1024;

export class Allocator {
  readonly #memory: WasmMemory;
  readonly #base: number;
  readonly #free: number[][] = Array.from({ length: CLASS_COUNT }, () => []);
  readonly #spans = new FreeSpans();
  #top: number;
  #live = 0;
  #blocks = 0;

  /** @param base  first byte of the heap, a multiple of 64 */
  constructor(memory: WasmMemory, base: number) {
    this.#memory = memory;
    this.#base = base;
    this.#top = base;
  }

  /** Bytes in live blocks, headers not counted. */
  get live(): number {
    return this.#live;
  }

  /** Number of live blocks. */
  get blocks(): number {
    return this.#blocks;
  }

  /** Bytes taken from the memory so far, live or waiting for reuse. */
  get reserved(): number {
    return this.#top - this.#base;
  }

  alloc(bytes: number, tensor?: TensorPurpose): number {
    const sizeClass = classOf(bytes);
    if (sizeClass >= CLASS_COUNT) throw new OutOfMemoryError(bytes, this.#live, this.#limit, tensor);
    const list = this.#free[sizeClass];
    const pointer = list.length > 0 ? list.pop()! : this.#carve(sizeClass, bytes, tensor);
    this.#memory.i32[(pointer - HEADER + 4) >>> 2] = LIVE;
    this.#live += classBytes(sizeClass);
    this.#blocks += 1;
    return pointer;
  }

  free(pointer: number): void {
    const header = (pointer - HEADER) >>> 2;
    const { i32 } = this.#memory;
    if (i32[header + 1] !== LIVE) throw new RangeError(`free: no live buffer at ${pointer}`);
    i32[header + 1] = FREE;
    const sizeClass = i32[header];
    this.#live -= classBytes(sizeClass);
    this.#blocks -= 1;
    this.#free[sizeClass].push(pointer);
  }

  get #limit(): number {
    return this.#memory.limit - this.#base;
  }

  /** A new block: from merged spans if there are any, else from the top of the heap. */
  #carve(sizeClass: number, requested: number, tensor?: TensorPurpose): number {
    const bytes = classBytes(sizeClass) + HEADER;
    const start = this.#spans.take(bytes) ?? this.#extend(bytes) ?? this.#takeMerged(bytes);
    if (start === undefined) throw new OutOfMemoryError(requested, this.#live, this.#limit, tensor);
    this.#memory.i32[start >>> 2] = sizeClass;
    return start + HEADER;
  }

  #extend(bytes: number): number | undefined {
    const start = this.#top;
    const end = start + bytes;
    const memory = this.#memory;
    if (end + GUARD > memory.bytes) {
      const ample = Math.min(memory.limit, memory.bytes + GROWTH);
      if (!(ample >= end + GUARD && memory.grow(ample)) && !memory.grow(end + GUARD)) return undefined;
    }
    this.#top = end;
    return start;
  }

  /** Merges free neighbours; what touches the top is given back to it. */
  #takeMerged(bytes: number): number | undefined {
    for (const [sizeClass, list] of this.#free.entries()) {
      for (const pointer of list) this.#spans.add(pointer - HEADER, classBytes(sizeClass) + HEADER);
      list.length = 0;
    }
    this.#top = this.#spans.merge(this.#top);
    return this.#spans.take(bytes) ?? this.#extend(bytes);
  }
}
