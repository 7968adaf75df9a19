import {
  ArgumentError,
  indexSelect,
  keep,
  LifetimeError,
  narrow,
  permute,
  reshape,
  type Tensor,
  tensor,
  tidy,
} from "@saccade/core";
import { requireConstant } from "./constant-op.ts";
import type { KeyValueBlocks } from "./key-value-blocks.ts";
import type { KeysAndValues, KeyValueCache } from "./key-value-cache.ts";
import { requireLength, requireRows, rowsFor } from "./rows.ts";

const owner = "PagedKeyValueCache";

/**
 * Keys and values of sequences in blocks of a common pool: a table for each sequence says which. `fork` shares what
 * sequences have in common (a prompt, a beam); a block that is shared is copied when one of them writes to it.
 *
 * `append` hands out rows in order: views where the blocks of one sequence follow each other, else gathered anew, which
 * takes memory for all that is held.
 *
 * @see Kwon et al. 2023, arXiv:2309.06180 (PagedAttention)
 * @example
 * using pool = new KeyValueBlocks({ blocks: 8, blockSize: 4, heads: 2, width: 8 });
 * const rows = randn(new Key(0), [1, 2, 6, 8]);
 * using prompt = pool.createCache({ batch: 1 });
 * prompt.append(rows, rows); // two blocks
 * using samples = prompt.fork([0, 0, 0]); // three continuations of one prompt: no block more
 * pool.free; // => 6
 * const next = randn(new Key(1), [3, 2, 1, 8]);
 * samples.append(next, next).keys.shape; // => [3, 2, 7, 8]
 * pool.free; // => 3
 */
export class PagedKeyValueCache implements KeyValueCache {
  readonly #pool: KeyValueBlocks;
  /** Blocks of each sequence, in order. */
  #tables: number[][];
  #length: number;
  /** The tables as the backend reads them, for as long as they stay as they are. */
  #index: Tensor | null = null;
  #disposed = false;

  /** Made by `KeyValueBlocks.createCache` and by `fork`. */
  constructor(pool: KeyValueBlocks, tables: readonly (readonly number[])[], length: number) {
    this.#pool = pool;
    this.#tables = tables.map((table) => [...table]);
    this.#length = length;
    for (const table of tables) for (const block of table) pool.share(block);
  }

  get length(): number {
    return this.#length;
  }

  /** What there would be room for if no other cache needed blocks. */
  get maxLength(): number {
    const { blocks, blockSize } = this.#pool;
    return Math.floor(blocks / Math.max(1, this.#tables.length)) * blockSize;
  }

  /**
   * Adds elements behind those that are held.
   *
   * @param k  `[B, K, T, E]`
   * @param v  `[B, K, T, Ev]`
   * @returns all that is held, `[B, K, length, E]` and `[B, K, length, Ev]`
   * @throws ShapeError, DTypeError, ArgumentError if they do not fit; ArgumentError
   *   `KeyValueBlocks: 1 of 8 blocks is free, 2 are needed; truncate or dispose of caches first`
   * @throws GradientError where a gradient of `k` or `v` is asked for; decode under `noGrad`
   * @throws LifetimeError after dispose()
   */
  append(k: Tensor, v: Tensor): KeysAndValues {
    this.#requireAlive();
    return tidy(() => this.#append(rowsFor(this.#pool.keys, k), rowsFor(this.#pool.values, v)));
  }

  #append(k: Tensor, v: Tensor): KeysAndValues {
    const pool = this.#pool;
    const batch = this.#tables.length;
    const target = (like: Tensor) => ({ batch, heads: like.shape[0], width: like.shape[3], like });
    requireRows(owner, k, v, target(pool.keys), target(pool.values));
    requireConstant(`${owner}.append`, k, v);
    const length = this.#length + k.shape[2];
    pool.requireFree(this.#blocksToTake(length));
    return tidy(() => {
      this.#takeBlocks(length);
      this.#tables.forEach((table, b) => {
        pool.write(table, this.#length, narrow(k, 0, b, 1), narrow(v, 0, b, 1));
      });
      this.#length = length;
      return { keys: this.#rows(pool.keys), values: this.#rows(pool.values) };
    });
  }

  /**
   * Sequences that begin as these do, in a cache of their own; no number is copied.
   *
   * @param items  which of the sequences, maybe repeated; default all
   * @throws ArgumentError unless items are indices of sequences; LifetimeError after dispose()
   */
  fork(items: readonly number[] = this.#tables.map((_, b) => b)): PagedKeyValueCache {
    this.#requireAlive();
    for (const item of items) {
      if (Number.isInteger(item) && item >= 0 && item < this.#tables.length) continue;
      throw new ArgumentError(
        `${owner}: fork takes indices below ${this.#tables.length}, one for each sequence that it makes (got ${item})`,
      );
    }
    return new PagedKeyValueCache(
      this.#pool,
      items.map((item) => this.#tables[item]),
      this.#length,
    );
  }

  /** @throws ArgumentError unless `length` is an integer in [0, this.length] */
  truncate(length: number): void {
    requireLength(owner, length, this.#length);
    this.#keepBlocks(Math.ceil(length / this.#pool.blockSize));
    this.#length = length;
  }

  reset(): void {
    this.truncate(0);
  }

  /** Gives the blocks back to the pool, which keeps the memory. */
  dispose(): void {
    this.#keepBlocks(0);
    this.#tables = [];
    this.#length = 0;
    this.#disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #requireAlive(): void {
    if (this.#disposed) throw new LifetimeError(`${owner}: was used after dispose()`);
  }

  #keepBlocks(count: number): void {
    for (const table of this.#tables) {
      for (const block of table.splice(count)) this.#pool.release(block);
    }
    this.#forgetIndex();
  }

  #forgetIndex(): void {
    this.#index?.dispose();
    this.#index = null;
  }

  /** The block that holds the end of a sequence and room behind it, if an `append` up to `length` writes to it. */
  #tail(table: readonly number[], length: number): number | null {
    const { blockSize } = this.#pool;
    if (length === this.#length || this.#length % blockSize === 0) return null;
    return table[Math.floor(this.#length / blockSize)];
  }

  /** New blocks, and copies of shared ones: where only these sequences share one, the last of them keeps it. */
  #blocksToTake(length: number): number {
    const wanted = Math.ceil(length / this.#pool.blockSize);
    const sharing = new Map<number, number>();
    let count = 0;
    for (const table of this.#tables) {
      const tail = this.#tail(table, length);
      if (tail !== null) sharing.set(tail, (sharing.get(tail) ?? 0) + 1);
      count += wanted - table.length;
    }
    for (const [tail, own] of sharing) count += own < this.#pool.users(tail) ? own : own - 1;
    return count;
  }

  #takeBlocks(length: number): void {
    const pool = this.#pool;
    const wanted = Math.ceil(length / pool.blockSize);
    for (const table of this.#tables) {
      const tail = this.#tail(table, length);
      if (tail !== null && pool.users(tail) > 1) {
        table[table.length - 1] = pool.copyOf(tail);
        this.#forgetIndex();
      }
      while (table.length < wanted) {
        table.push(pool.take());
        this.#forgetIndex();
      }
    }
  }

  /** All rows of keys or values, `[K, blocks, blockSize, E]` of the pool, in the order of the tables. */
  #rows(memory: Tensor): Tensor {
    const [K, blocks, size, width] = memory.shape;
    const batch = this.#tables.length;
    const count = Math.ceil(this.#length / size);
    const own = (x: Tensor): Tensor =>
      narrow(permute(reshape(x, [K, batch, count * size, width]), [1, 0, 2, 3]), 2, 0, this.#length);
    const [table] = this.#tables;
    if (batch === 1 && table.every((block, i) => block === table[0] + i)) {
      return own(narrow(memory, 1, table[0] ?? 0, count));
    }
    this.#index ??= keep(tensor(Int32Array.from(this.#tables.flat()), { backend: memory.backend }));
    return own(indexSelect(reshape(memory, [K, blocks, size * width]), this.#index, 1));
  }
}
