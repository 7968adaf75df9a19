import { bufferUsage } from "./flags.ts";

/** The most 32-bit words that one dispatch's uniform block holds. */
export const BLOCK_WORDS = 128;
/** What a dispatch binds, whatever its block needs. */
export const BLOCK_BYTES = 4 * BLOCK_WORDS;
/** Where blocks may begin: WebGPU's default `minUniformBufferOffsetAlignment`. */
const ALIGNMENT = 256;
const ARENA_BYTES = 256 * 1024;

/** Uniform blocks of the dispatches that are not yet submitted: written here, uploaded at once before they run. */
export class ParamArena {
  readonly buffer: GPUBuffer;
  readonly #device: GPUDevice;
  readonly #words = new Int32Array(ARENA_BYTES / 4);
  #used = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
    const usage = bufferUsage.uniform | bufferUsage.copyDestination;
    this.buffer = device.createBuffer({ size: ARENA_BYTES, usage });
  }

  /** No room for another block before an upload. */
  get full(): boolean {
    return this.#used + BLOCK_BYTES > ARENA_BYTES;
  }

  /** Stores one block; returns the byte at which it will be. */
  push(words: readonly number[]): number {
    const at = this.#used;
    for (let i = 0, to = at / 4; i < words.length; i++) this.#words[to + i] = words[i];
    this.#used += Math.ceil((4 * words.length) / ALIGNMENT) * ALIGNMENT;
    return at;
  }

  /** To be called right before the submission that uses the blocks. */
  upload(): void {
    if (this.#used > 0) this.#device.queue.writeBuffer(this.buffer, 0, this.#words, 0, this.#used / 4);
    this.#used = 0;
  }

  dispose(): void {
    this.buffer.destroy();
  }
}
