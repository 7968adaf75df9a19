import type { BufferHandle, TensorPurpose } from "@saccade/core/backend";
import { GpuOutOfMemoryError } from "../errors.ts";
import type { DeviceErrors } from "./device-errors.ts";
import { bufferUsage } from "./flags.ts";

/** Smallest buffer; sizes grow by quarters of powers of two above it. */
const MIN_BYTES = 256;
/** What may be held beyond the most that was lately in use. */
const SPARE_BYTES = 256 * 1024 * 1024;
/** How many submissions "lately" is, and up to twice as many: several training steps. */
const PERIOD = 64;
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
  /** Where it begins in `buffer`: not at 0 for windows. */
  readonly offset: number;
}

/** Pooled buffers of one size. */
interface Shelf {
  readonly size: number;
  readonly buffers: ResidentBuffer[];
  /** Counts allocations: when one was last asked for here. */
  lastUse: number;
}

interface Entry {
  readonly resident: ResidentBuffer;
  /** Bytes that were asked for; -1 for a window on another buffer. */
  readonly bytes: number;
}

/**
 * Handles to GPU buffers. What is freed goes to a pool by size class and is used again at once: commands run in the
 * order in which they are recorded, so that its next content cannot overtake its last use. The oldest buffer of a class
 * goes first: a step that asks for the same as the one before gets the same, and finds its bind groups made.
 */
export class BufferTable {
  readonly #device: GPUDevice;
  readonly #errors: DeviceErrors;
  /** Buffers for which there was no memory; they are never used again. */
  readonly #starved = new WeakSet<ResidentBuffer>();
  readonly #limit: number;
  /** The most bytes that a shader can be bound to. */
  readonly bindable: number;
  /** Live buffers that have more. */
  oversized = 0;
  readonly #entries: (Entry | undefined)[] = [];
  readonly #freeHandles: number[] = [];
  /** By size class, the oldest last. */
  readonly #pool = new Map<number, Shelf>();
  /** Parts of buffers that were asked for; the same again find their bind groups made. */
  readonly #windows = new WeakMap<GPUBuffer, Map<string, ResidentBuffer>>();
  #made = 0;
  #asked = 0;
  #submissions = 0;
  /** The most live bytes in this period, and in the one before. */
  #peak = 0;
  #peakBefore = 0;
  #liveBytes = 0;
  #liveBuffers = 0;
  #reservedBytes = 0;
  /** What was held when the device had no more: beyond it, the pool is emptied first. */
  #enough = Number.POSITIVE_INFINITY;
  #disposed = false;
  /** Since the last submission. */
  destroys = 0;
  /** Submits what is recorded: a buffer that it uses may not be destroyed before. */
  submit: () => void = () => {};
  /** Lets go of what refers to buffers: some were destroyed. */
  forget: () => void = () => {};

  constructor(device: GPUDevice, errors: DeviceErrors, memoryLimit: number, bindable: number) {
    this.#device = device;
    this.#errors = errors;
    this.#limit = memoryLimit;
    this.bindable = bindable;
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

  alloc(bytes: number, tensor?: TensorPurpose): BufferHandle {
    const most = bytes <= this.bindable ? this.bindable : this.#largest;
    const size = Math.max(bytes, Math.min(sizeClass(bytes), most));
    const shelf = this.#pool.get(size);
    if (shelf) shelf.lastUse = ++this.#asked;
    const pooled = shelf?.buffers.pop();
    const entry = { resident: pooled ?? this.#create(size, bytes, tensor), bytes };
    this.#liveBytes += bytes;
    this.#peak = Math.max(this.#peak, this.#liveBytes);
    this.#liveBuffers += 1;
    if (size > this.bindable) this.oversized += 1;
    return this.#enter(entry);
  }

  /** A part of a buffer, to be freed before it. `offset` is a multiple of what the device asks for. */
  window(handle: BufferHandle, offset: number, bytes: number): BufferHandle {
    const { buffer, size: whole } = this.get(handle);
    const windows = this.#windows.get(buffer) ?? new Map<string, ResidentBuffer>();
    this.#windows.set(buffer, windows);
    const size = Math.min(bytes, whole - offset);
    const key = `${offset} ${size}`;
    const resident = windows.get(key) ?? { id: this.#made++, buffer, offset, size };
    windows.set(key, resident);
    return this.#enter({ resident, bytes: -1 });
  }

  /** Nothing is left to be freed after `dispose`: tensors may outlive their backend. */
  free(handle: BufferHandle): void {
    if (this.#disposed) return;
    const entry = this.#entries[handle];
    if (entry === undefined) throw new RangeError(`free: no such buffer (${handle})`);
    this.#entries[handle] = undefined;
    this.#freeHandles.push(handle);
    const { resident, bytes } = entry;
    if (bytes < 0 || this.#starved.has(resident)) return;
    this.#uncount(entry);
    const { size } = resident;
    const shelf = this.#pool.get(size);
    if (shelf) shelve(shelf.buffers, resident);
    else this.#pool.set(size, { size, buffers: [resident], lastUse: this.#asked });
  }

  get(handle: BufferHandle): ResidentBuffer {
    const entry = this.#entries[handle];
    if (entry === undefined) throw new RangeError(`no such buffer (${handle})`);
    return entry.resident;
  }

  /**
   * After every submission: gives pooled buffers back to the device where more is held than what programs like training
   * loops, which free much and ask for it again, lately needed at once. Sizes that were not asked for longest go first.
   */
  trimExcess(): void {
    const needed = Math.max(this.#peak, this.#peakBefore);
    this.#submissions += 1;
    if (this.#submissions % PERIOD === 0) {
      this.#peakBefore = this.#peak;
      this.#peak = this.#liveBytes;
    }
    // Size classes are up to a quarter larger than what is asked for.
    const bound = 1.25 * needed + SPARE_BYTES;
    if (this.#reservedBytes <= bound) return;
    for (const shelf of [...this.#pool.values()].sort((a, b) => a.lastUse - b.lastUse)) {
      if (this.#reservedBytes > bound) this.#clear(shelf);
    }
    this.forget();
  }

  /** Gives pooled buffers back to the device. Nothing that is not yet submitted may use them. */
  trim(): void {
    for (const shelf of this.#pool.values()) this.#clear(shelf);
    this.forget();
  }

  /** Destroys every buffer, live ones too. */
  dispose(): void {
    this.trim();
    for (const entry of this.#entries) if (entry && entry.bytes >= 0) this.#destroy(entry.resident);
    this.#entries.length = 0;
    this.#disposed = true;
  }

  /** In whole steps, as sizes are. */
  get #largest(): number {
    return this.#device.limits.maxBufferSize - (this.#device.limits.maxBufferSize % MIN_BYTES);
  }

  #enter(entry: Entry): BufferHandle {
    const handle = this.#freeHandles.pop() ?? this.#entries.length;
    this.#entries[handle] = entry;
    return handle;
  }

  #create(size: number, requested: number, tensor: TensorPurpose | undefined): ResidentBuffer {
    if (size > this.#largest) {
      throw new GpuOutOfMemoryError(
        requested,
        this.#liveBytes,
        this.#largest,
        "largest buffer of this adapter",
        tensor,
      );
    }
    if (this.#reservedBytes + size > Math.min(this.#limit, this.#enough)) {
      this.submit();
      this.trim();
    }
    if (this.#reservedBytes + size > this.#limit) {
      throw new GpuOutOfMemoryError(requested, this.#liveBytes, this.#limit, "limit", tensor);
    }
    this.#reservedBytes += size;
    const usage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyDestination;
    const buffer = this.#errors.createBuffer({ size, usage }, () => {
      this.#starve(resident);
      const held = "held from the device";
      return new GpuOutOfMemoryError(requested, this.#liveBytes, this.#reservedBytes, held, tensor);
    });
    const resident = { id: this.#made++, buffer, size, offset: 0 };
    return resident;
  }

  #uncount({ resident, bytes }: Entry): void {
    this.#liveBytes -= bytes;
    this.#liveBuffers -= 1;
    if (resident.size > this.bindable) this.oversized -= 1;
  }

  /** There was no memory for it: forgets it, and gives back what lies idle. */
  #starve(resident: ResidentBuffer): void {
    const { size } = resident;
    const entry = this.#entries.find((known) => known?.resident === resident);
    if (entry) this.#uncount(entry);
    this.#starved.add(resident);
    const shelf = this.#pool.get(size)?.buffers ?? [];
    const at = shelf.indexOf(resident);
    if (at >= 0) shelf.splice(at, 1);
    this.#reservedBytes -= size;
    this.#enough = this.#reservedBytes;
    this.submit();
    this.trim();
  }

  #clear(shelf: Shelf): void {
    for (const resident of shelf.buffers) this.#destroy(resident);
    this.#pool.delete(shelf.size);
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
