import { bufferUsage } from "./flags.ts";

/** The most 32-bit words that one dispatch's uniform block holds; also what blocks are aligned to. */
export const BLOCK_WORDS = 128;
const BLOCK_BYTES = 4 * BLOCK_WORDS;
/** Blocks of one arena. */
const ARENA_BLOCKS = 256;

/**
 * Uniform blocks of the dispatches that are not yet submitted: written here, uploaded at once before they run.
 */
export class ParamArena {
  readonly #device: GPUDevice;
  /** Arenas are used from the first on after every submission. */
  readonly #arenas: { readonly buffer: GPUBuffer; readonly words: Int32Array<ArrayBuffer> }[] = [];
  #used = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Stores one block; returns where it will be. */
  push(words: Int32Array): { buffer: GPUBuffer; offset: number } {
    const arena = this.#arenaAt(Math.floor(this.#used / ARENA_BLOCKS));
    const block = this.#used % ARENA_BLOCKS;
    arena.words.set(words, block * BLOCK_WORDS);
    this.#used += 1;
    return { buffer: arena.buffer, offset: block * BLOCK_BYTES };
  }

  /** To be called right before the submission that uses the blocks. */
  upload(): void {
    for (let i = 0; this.#used > 0; i++) {
      const blocks = Math.min(this.#used, ARENA_BLOCKS);
      const { buffer, words } = this.#arenas[i];
      this.#device.queue.writeBuffer(buffer, 0, words, 0, blocks * BLOCK_WORDS);
      this.#used -= blocks;
    }
  }

  dispose(): void {
    for (const { buffer } of this.#arenas) buffer.destroy();
  }

  #arenaAt(index: number): { buffer: GPUBuffer; words: Int32Array<ArrayBuffer> } {
    const known = this.#arenas[index];
    if (known) return known;
    const buffer = this.#device.createBuffer({
      size: ARENA_BLOCKS * BLOCK_BYTES,
      usage: bufferUsage.uniform | bufferUsage.copyDestination,
    });
    const arena = { buffer, words: new Int32Array(ARENA_BLOCKS * BLOCK_WORDS) };
    this.#arenas.push(arena);
    return arena;
  }
}
