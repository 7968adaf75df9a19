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
  /** Elements that are held. */
  readonly length: number;
  /** Most elements that can be held. */
  readonly maxLength: number;
  /**
   * Adds elements behind those that are held.
   *
   * @param k  `[B, K, T, E]`
   * @param v  `[B, K, T, Ev]`
   * @returns all that is held, in order: views, which the next `append` behind a `truncate` or `reset` writes over
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
