import { show, TokenizerFormatError } from "../errors.ts";

/** Ranks are below this: they index arrays. */
const MAX_RANK = 2 ** 24;
/** Odd and without pattern: the base of the polynomial hash. */
export const HASH_BASE = 0x01000193;

/**
 * Tokens as byte strings with their ranks, which are also their ids: one pool of bytes and a hash table over
 * typed arrays.
 *
 * The hash of `b0 b1 ... bn` is `sum of (bi + 1) * HASH_BASE^(n-i)` modulo 2^32, so that the hash of any part of a
 * word follows from two hashes of its beginnings.
 *
 * @example
 * const ranks = new ByteRanks();
 * ranks.add(new Uint8Array([97]), 0);
 * ranks.size; // => 1
 */
export class ByteRanks {
  /** Number of tokens. */
  size = 0;
  /** One more than the highest rank. */
  end = 0;
  /** Length of the longest token, in bytes. */
  longest = 0;
  /** The tokens' bytes, one after the other. */
  #pool = new Uint8Array(1 << 12);
  #poolEnd = 0;
  /** Start in the pool and length, by rank; length 0 where there is no such token. */
  #tokens = new Int32Array(1 << 10);
  /** Hash and rank + 1 of each slot, by turns; 0 for an empty one. */
  #slots = new Int32Array(1 << 11);
  #mask = (1 << 10) - 1;
  /**
   * One bit for each of some hashes, set where a token has it: most questions are about bytes that are no token, and
   * this answers them out of a cache that the slots would not fit into.
   */
  #filter = new Uint32Array(1 << 8);

  /**
   * Adds the token `bytes[start .. end]`.
   *
   * @param rank  its id, and what goes first in merges: the lower
   * @throws TokenizerFormatError for an empty token, a rank that is no whole number in [0, 2^24), and for bytes or
   * ranks that are there already
   */
  add(bytes: Uint8Array, rank: number, start = 0, end = bytes.length): void {
    const path = `ranks[${rank}]`;
    if (!(Number.isInteger(rank) && rank >= 0 && rank < MAX_RANK)) {
      throw new TokenizerFormatError(
        `ByteRanks.add: the rank is not a whole number in [0, 2^24) (got ${show(rank)})`,
        path,
      );
    }
    if (start >= end)
      throw new TokenizerFormatError(`ByteRanks.add: the token of rank ${rank} is empty`, path);
    if (rank < this.end && this.#tokens[2 * rank + 1] !== 0) {
      throw new TokenizerFormatError(`ByteRanks.add: there are two tokens of rank ${rank}`, path);
    }
    const hash = hashBytes(bytes, start, end);
    const other = this.find(bytes, start, end, hash);
    if (other !== -1) {
      throw new TokenizerFormatError(`ByteRanks.add: ranks ${other} and ${rank} are the same bytes`, path);
    }
    this.#makeRoom(end - start, rank);
    this.#pool.set(bytes.subarray(start, end), this.#poolEnd);
    this.#tokens[2 * rank] = this.#poolEnd;
    this.#tokens[2 * rank + 1] = end - start;
    this.#poolEnd += end - start;
    this.#insert(hash, rank);
    this.size++;
    this.end = Math.max(this.end, rank + 1);
    this.longest = Math.max(this.longest, end - start);
  }

  /** The rank of `bytes[start .. end]`, or -1; `hash` is that of {@link hashBytes}. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const length = end - start;
    const slots = this.#slots;
    const first = mixed(hash);
    if ((this.#filter[(first >>> 5) & (this.#filter.length - 1)] & (1 << first)) === 0) return -1;
    search: for (let slot = first & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const entry = slots[2 * slot + 1];
      if (entry === 0) return -1;
      if (slots[2 * slot] !== hash || this.#tokens[2 * entry - 1] !== length) continue;
      let at = this.#tokens[2 * entry - 2];
      for (let i = start; i < end; i++) if (this.#pool[at++] !== bytes[i]) continue search;
      return entry - 1;
    }
  }

  /** The bytes of a token, as a view; `undefined` where there is none of that rank. */
  bytesOf(rank: number): Uint8Array | undefined {
    if (!(rank >= 0 && rank < this.end) || this.#tokens[2 * rank + 1] === 0) return undefined;
    const start = this.#tokens[2 * rank];
    return this.#pool.subarray(start, start + this.#tokens[2 * rank + 1]);
  }

  #insert(hash: number, rank: number): void {
    const first = mixed(hash);
    this.#filter[(first >>> 5) & (this.#filter.length - 1)] |= 1 << first;
    let slot = first & this.#mask;
    while (this.#slots[2 * slot + 1] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[2 * slot] = hash;
    this.#slots[2 * slot + 1] = rank + 1;
  }

  #makeRoom(bytes: number, rank: number): void {
    if (this.#poolEnd + bytes > this.#pool.length) {
      const old = this.#pool;
      this.#pool = new Uint8Array(2 * (this.#poolEnd + bytes));
      this.#pool.set(old);
    }
    if (2 * rank + 2 > this.#tokens.length) {
      const old = this.#tokens;
      this.#tokens = new Int32Array(4 * rank + 4);
      this.#tokens.set(old);
    }
    if (2 * this.size > this.#mask) {
      const old = this.#slots;
      this.#slots = new Int32Array(2 * old.length);
      this.#filter = new Uint32Array(2 * this.#filter.length); // 8 bits a slot
      this.#mask = 2 * this.#mask + 1;
      for (let at = 0; at < old.length; at += 2)
        if (old[at + 1] !== 0) this.#insert(old[at], old[at + 1] - 1);
    }
  }
}

/** The polynomial hash of `bytes[start .. end]`. */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, HASH_BASE) + bytes[i] + 1) | 0;
  return hash;
}

/** Brings the upper bits down to where the mask is. */
function mixed(hash: number): number {
  const product = Math.imul(hash, 0x9e3779b1);
  return product ^ (product >>> 15);
}
