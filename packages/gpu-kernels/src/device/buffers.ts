import type { BufferHandle } from "@saccade/core/backend";
import { GpuOutOfMemoryError } from "../errors.ts";
import { bufferUsage } from "./flags.ts";

/** Smallest buffer; sizes grow by quarters of powers of two above it. */
const MIN_BYTES = 256;
/** What may lie in the pool beside twice the bytes in use. */
const POOL_BYTES = 256 * 1024 * 1024;
/** Buffers destroyed without a submission in between are not reclaimed by drivers: so many are bearable. */
export const MAX_UNSUBMITTED_DESTROYS = 64;

/** The size that a request is rounded up to: at most a quarter more than asked for. */
export function sizeClass(bytes: number): number {
  if (bytes <= MIN_BYTES) return MIN_BYTES;
  const step = 2 ** Math.max(6, Math.floor(Math.log2(bytes - 1)) - 2);
  return Math.ceil(bytes / step) * step;
}

/** A buffer on the device. Facts of `GPUBuffer` are calls into the browser; these are not. */
export interface ResidentBuffer {
  /** Rising in the order in which they were made. */
  readonly id: number;
  readonly buffer: GPUBuffer;
  readonly size: number;
}

interface Entry {
  readonly resident: ResidentBuffer;
  /** Bytes that were asked for. */
  readonly bytes: number;
}

/**
 * Handles to GPU buffers. What is freed goes to a pool by size class and is used again at once: commands run in the
 * order in which they are recorded, so that its next content cannot overtake its last use. The oldest buffer of a class
 * goes first: a step that asks for the same as the one before gets the same, and finds its bind groups made.
 */
export class BufferTable {
  readonly #device: GPUDevice;
  readonly #limit: number;
  readonly #entries: (Entry | undefined)[] = [];
  readonly #freeHandles: number[] = [];
  /** By size class, the oldest last. */
  readonly #pool = new Map<number, ResidentBuffer[]>();
  #made = 0;
  #liveBytes = 0;
  #liveBuffers = 0;
  #reservedBytes = 0;
  #pooledBytes = 0;
  /** Since the last submission. */
  destroys = 0;
  /** Submits what is recorded: a buffer that it uses may not be destroyed before. */
  submit: () => void = () => {};
  /** Lets go of what refers to buffers: some were destroyed. */
  forget: () => void = () => {};

  constructor(device: GPUDevice, memoryLimit: number) {
    this.#device = device;
    this.#limit = memoryLimit;
  }

  get liveBytes(): number {
    return this.#liveBytes;
  }

  get liveBuffers(): number {
    return this.#liveBuffers;
  }

  /** Bytes held from the device, pool included. */
  get reservedBytes(): number {
    return this.#reservedBytes;
  }

  alloc(bytes: number): BufferHandle {
    const size = sizeClass(bytes);
    const pooled = this.#pool.get(size)?.pop();
    if (pooled) this.#pooledBytes -= size;
    const entry = { resident: pooled ?? this.#create(size, bytes), bytes };
    this.#liveBytes += bytes;
    this.#liveBuffers += 1;
    const handle = this.#freeHandles.pop() ?? this.#entries.length;
    this.#entries[handle] = entry;
    return handle;
  }

  free(handle: BufferHandle): void {
    const entry = this.#entries[handle];
    if (entry === undefined) throw new RangeError(`free: no such buffer (${handle})`);
    this.#entries[handle] = undefined;
    this.#freeHandles.push(handle);
    this.#liveBytes -= entry.bytes;
    this.#liveBuffers -= 1;
    const { resident } = entry;
    this.#pooledBytes += resident.size;
    const shelf = this.#pool.get(resident.size);
    if (shelf) shelve(shelf, resident);
    else this.#pool.set(resident.size, [resident]);
  }

  get(handle: BufferHandle): ResidentBuffer {
    const entry = this.#entries[handle];
    if (entry === undefined) throw new RangeError(`no such buffer (${handle})`);
    return entry.resident;
  }

  /** Gives pooled buffers back to the device where they are more than a training step leaves behind. */
  trimExcess(): void {
    if (this.#pooledBytes > 2 * this.#liveBytes + POOL_BYTES) this.trim();
  }

  /** Gives pooled buffers back to the device. Nothing that is not yet submitted may use them. */
  trim(): void {
    for (const shelf of this.#pool.values()) {
      for (const buffer of shelf) this.#destroy(buffer);
    }
    this.#pool.clear();
    this.#pooledBytes = 0;
    this.forget();
  }

  /** Destroys every buffer, live ones too. */
  dispose(): void {
    this.trim();
    for (const entry of this.#entries) if (entry) this.#destroy(entry.resident);
    this.#entries.length = 0;
  }

  #create(size: number, requested: number): ResidentBuffer {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    const largest = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if (size > largest)
      throw new GpuOutOfMemoryError(requested, this.#liveBytes, largest, "largest buffer of this adapter");
    if (this.#reservedBytes + size > this.#limit) {
      this.submit();
      this.trim();
    }
    if (this.#reservedBytes + size > this.#limit) {
      throw new GpuOutOfMemoryError(requested, this.#liveBytes, this.#limit, "limit");
    }
    this.#reservedBytes += size;
    const usage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyDestination;
    return { id: this.#made++, buffer: this.#device.createBuffer({ size, usage }), size };
  }

  #destroy({ buffer, size }: ResidentBuffer): void {
    this.#reservedBytes -= size;
    this.destroys += 1;
    buffer.destroy();
  }
}

/** Puts a buffer to its place among those of its class. */
function shelve(shelf: ResidentBuffer[], resident: ResidentBuffer): void {
  let first = 0;
  let end = shelf.length;
  while (first < end) {
    const middle = (first + end) >> 1;
    if (shelf[middle].id > resident.id) first = middle + 1;
    else end = middle;
  }
  shelf.splice(first, 0, resident);
}
