import { sizeClass } from "./buffers.ts";
import { bufferUsage, MAP_READ, PIECE_BYTES } from "./flags.ts";

/** What idle staging buffers may hold together. */
const KEPT_BYTES = 64 * 1024 * 1024;

interface Staging {
  readonly buffer: GPUBuffer;
  readonly size: number;
}

/**
 * Buffers through which bytes come back to the host. They are kept: on a GPU with memory of its own, making and destroying one
 * takes ten times as long as a small read.
 */
export class Readback {
  readonly #device: GPUDevice;
  /** The one used last is the last. */
  readonly #idle: Staging[] = [];
  #idleBytes = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /**
   * @param bytes  a multiple of 4
   * @param fill  records the copy of `length` bytes from `from` on to the start of a staging buffer, and submits it; all
   *   are recorded before this returns, so that what comes later is not read
   */
  async read(
    bytes: number,
    fill: (staging: GPUBuffer, from: number, length: number) => void,
  ): Promise<ArrayBuffer> {
    if (bytes <= PIECE_BYTES) return this.#readPiece(bytes, 0, fill, (mapped) => mapped.slice(0));
    const all = new Uint8Array(bytes);
    const pieces: Promise<void>[] = [];
    for (let from = 0; from < bytes; from += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, bytes - from);
      pieces.push(this.#readPiece(length, from, fill, (mapped) => all.set(new Uint8Array(mapped), from)));
    }
    await Promise.all(pieces);
    return all.buffer;
  }

  dispose(): void {
    for (const { buffer } of this.#idle) buffer.destroy();
    this.#idle.length = 0;
    this.#idleBytes = 0;
  }

  /** `take` copies out of the mapped memory, which is gone afterwards. */
  async #readPiece<T>(
    length: number,
    from: number,
    fill: (staging: GPUBuffer, from: number, length: number) => void,
    take: (mapped: ArrayBuffer) => T,
  ): Promise<T> {
    const staging = this.#borrow(length);
    try {
      fill(staging.buffer, from, length);
      await staging.buffer.mapAsync(MAP_READ, 0, length);
    } catch (error) {
      staging.buffer.destroy();
      throw error;
    }
    const taken = take(staging.buffer.getMappedRange(0, length));
    staging.buffer.unmap();
    this.#giveBack(staging);
    return taken;
  }

  #borrow(bytes: number): Staging {
    const size = sizeClass(bytes);
    const at = this.#idle.findLastIndex((staging) => staging.size === size);
    if (at !== -1) {
      this.#idleBytes -= size;
      return this.#idle.splice(at, 1)[0];
    }
    const usage = bufferUsage.mapRead | bufferUsage.copyDestination;
    return { buffer: this.#device.createBuffer({ size, usage }), size };
  }

  #giveBack(staging: Staging): void {
    this.#idle.push(staging);
    this.#idleBytes += staging.size;
    while (this.#idleBytes > KEPT_BYTES) {
      const [oldest] = this.#idle.splice(0, 1);
      this.#idleBytes -= oldest.size;
      oldest.buffer.destroy();
    }
  }
}
