import { sizeClass } from "./buffers.ts";
import { bufferUsage, MAP_READ } from "./flags.ts";

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
   * @param fill  records the copy of that many bytes to the start of a staging buffer, and submits it
   * @param take  copies out of the mapped memory, which is gone afterwards
   */
  async read<T>(
    bytes: number,
    fill: (staging: GPUBuffer) => void,
    take: (mapped: ArrayBuffer) => T,
  ): Promise<T> {
    const staging = this.#borrow(bytes);
    try {
      fill(staging.buffer);
      await staging.buffer.mapAsync(MAP_READ, 0, bytes);
    } catch (error) {
      staging.buffer.destroy();
      throw error;
    }
    const taken = take(staging.buffer.getMappedRange(0, bytes));
    staging.buffer.unmap();
    this.#giveBack(staging);
    return taken;
  }

  dispose(): void {
    for (const { buffer } of this.#idle) buffer.destroy();
    this.#idle.length = 0;
    this.#idleBytes = 0;
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
