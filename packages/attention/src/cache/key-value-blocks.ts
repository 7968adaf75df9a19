import {
  ArgumentError,
  assign,
  copy,
  keep,
  narrow,
  type OptionNames,
  permute,
  requireKnown,
  type Tensor,
  tidy,
  zeros,
} from "@saccade/core";
import { PagedKeyValueCache } from "./paged-key-value-cache.ts";
import { type RowOptions, requireSizes } from "./rows.ts";

export interface KeyValueBlocksOptions extends RowOptions {
  /** Blocks that there are for all sequences. */
  readonly blocks: number;
  /** Elements of a block. Default 16. */
  readonly blockSize?: number;
}

const optionNames: OptionNames<KeyValueBlocksOptions> = {
  blocks: true,
  blockSize: true,
  heads: true,
  width: true,
  valueWidth: true,
  dtype: true,
  backend: true,
};

const owner = "KeyValueBlocks";

/**
 * Memory for the keys and values of many sequences, in blocks of `blockSize` elements: a sequence takes them as it grows,
 * whatever the others do. `K blocks blockSize (E + Ev)` numbers, taken once.
 *
 * @see Kwon et al. 2023, arXiv:2309.06180, section 4
 * @example
 * using pool = new KeyValueBlocks({ blocks: 8, blockSize: 4, heads: 2, width: 8 });
 * using cache = pool.createCache({ batch: 2 });
 * cache.append(zeros([2, 2, 5, 8]), zeros([2, 2, 5, 8]));
 * pool.free; // => 4
 */
export class KeyValueBlocks {
  readonly blocks: number;
  readonly blockSize: number;
  /** `[K, blocks, blockSize, E]` */
  readonly keys: Tensor;
  /** `[K, blocks, blockSize, Ev]` */
  readonly values: Tensor;
  /** How many tables name a block. */
  readonly #users: Uint32Array;
  /** Blocks that nobody uses; the last is the next to be taken. */
  readonly #free: number[];

  /** @throws ArgumentError for an option that is unknown or out of range */
  constructor(options: KeyValueBlocksOptions) {
    requireKnown(owner, options, optionNames);
    const { blocks, blockSize = 16, heads, width, valueWidth = width, dtype = "f32", backend } = options;
    requireSizes(owner, 0, { blocks, blockSize, heads, width, valueWidth });
    const where = backend ? { dtype, backend } : { dtype };
    const make = (last: number): Tensor => zeros([heads, blocks, blockSize, last], where);
    const made = tidy(() => ({ keys: make(width), values: make(valueWidth) }));
    this.blocks = blocks;
    this.blockSize = blockSize;
    this.keys = keep(made.keys);
    this.values = keep(made.values);
    this.#users = new Uint32Array(blocks);
    this.#free = Array.from({ length: blocks }, (_, i) => blocks - 1 - i);
  }

  /** Blocks that no sequence uses. */
  get free(): number {
    return this.#free.length;
  }

  /** An empty cache of `batch` sequences in these blocks; its owner disposes of it. */
  createCache(options: { readonly batch: number }): PagedKeyValueCache {
    requireKnown(`${owner}.createCache`, options, { batch: true });
    const { batch } = options;
    requireSizes(owner, batch, {});
    return new PagedKeyValueCache(
      this,
      Array.from({ length: batch }, () => []),
      0,
    );
  }

  /** Gives the memory back: what caches hold is lost. */
  dispose(): void {
    this.keys.dispose();
    this.values.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @throws ArgumentError if there are fewer free blocks */
  requireFree(count: number): void {
    if (count <= this.free) return;
    const [is, are] = [this.free === 1 ? "is" : "are", count === 1 ? "is" : "are"];
    throw new ArgumentError(
      `${owner}: ${this.free} of ${this.blocks} blocks ${is} free, ${count} ${are} needed; truncate or dispose of caches first`,
    );
  }

  /** A block that nobody uses, for a table. */
  take(): number {
    this.requireFree(1);
    const block = this.#free.pop() as number;
    this.#users[block] = 1;
    return block;
  }

  /** One more table names the block. */
  share(block: number): void {
    this.#users[block]++;
  }

  /** How many tables name the block. */
  users(block: number): number {
    return this.#users[block];
  }

  /** One table fewer names the block. */
  release(block: number): void {
    if (--this.#users[block] === 0) this.#free.push(block);
  }

  /** A block with what a shared one holds, in its place in one table. */
  copyOf(shared: number): number {
    const block = this.take();
    for (const memory of [this.keys, this.values]) {
      // By way of a copy: a kernel must not read the buffer that it writes.
      assign(narrow(memory, 1, block, 1), copy(narrow(memory, 1, shared, 1)));
    }
    this.release(shared);
    return block;
  }

  /** Writes rows of one sequence, `[1, K, T, E]` and `[1, K, T, Ev]`, from its element `start` on. */
  write(table: readonly number[], start: number, k: Tensor, v: Tensor): void {
    const count = k.shape[2];
    for (let done = 0; done < count; ) {
      const at = (start + done) % this.blockSize;
      const rows = Math.min(count - done, this.blockSize - at);
      const block = table[Math.floor((start + done) / this.blockSize)];
      for (const [memory, x] of [
        [this.keys, k],
        [this.values, v],
      ] as const) {
        const target = narrow(narrow(memory, 1, block, 1), 2, at, rows);
        assign(target, permute(narrow(x, 2, done, rows), [1, 0, 2, 3]));
      }
      done += rows;
    }
  }
}
