import type { Tensor } from "@saccade/core";

/** Keys and values, head by head. */
export interface KeysAndValues {
  /** `[B, K, S, E]` */
  readonly keys: Tensor;
  /** `[B, K, S, Ev]` */
  readonly values: Tensor;
}

/**
 * The keys and values of what a sequence was so far, so that a new element costs one row, not the whole sequence again.
 *
 * Owned by whoever made it, not by a scope. No gradient goes through it.
 *
 * @see Shazeer 2019, arXiv:1911.02150, section 2.4 (incremental inference)
 */
export interface KeyValueCache {
  /** Elements of the sequence so far. */
  readonly length: number;
  /** Most elements that the sequence may have. */
  readonly maxLength: number;
  /**
   * Adds elements behind those that are held.
   *
   * @param k  `[B, K, T, E]`
   * @param v  `[B, K, T, Ev]`
   * @returns all that is held, in order: the whole sequence, or what a window needs of it. Views, which a later `append`
   *   may write over
   */
  append(k: Tensor, v: Tensor): KeysAndValues;
  /** Forgets the elements from `length` on. */
  truncate(length: number): void;
  /** Forgets everything; the memory stays. */
  reset(): void;
  /** Gives the memory back. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** Whose keys and values, and how many: what a module with a fixed width needs to know to make a cache. */
export interface CacheOptions {
  /** Sequences. */
  readonly batch: number;
  /** Most elements of each sequence. */
  readonly maxLength: number;
}
