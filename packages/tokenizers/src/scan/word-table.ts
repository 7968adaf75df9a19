import type { MergeBuffer } from "../models/bpe/merge-buffer.ts";

/** Longer words are not remembered, in UTF-16 units. */
const MAX_LENGTH = 128;
/** With their tokens, some 15 MB. */
const MAX_WORDS = 1 << 17;

/**
 * Tokens of words seen before: a hash table over typed arrays that is asked with a range of units and makes no
 * strings. Bounded: when it is full it starts anew.
 */
export class WordTable {
  #words = 0;
  #mask = (1 << 10) - 1;
  /**
   * Four entries a slot: hash, start in `#keys`, units and tokens (`length << 16 | count`, 0 for an empty slot),
   * and the id of the only token or the start in `tokens`.
   */
  slots = new Int32Array(4 << 10);
  #keys = new Uint16Array(1 << 13);
  #keysEnd = 0;
  /** Of words of several tokens: id, and span in the word (`start << 16 | end`), by turns. */
  tokens = new Int32Array(1 << 12);
  #tokensEnd = 0;

  /** The index in `slots` of the word `units[start .. end]`, or -1. */
  find(units: Uint16Array, start: number, end: number, hash: number): number {
    const length = end - start;
    if (length > MAX_LENGTH) return -1;
    const { slots } = this;
    const keys = this.#keys;
    search: for (let slot = (hash ^ (hash >>> 15)) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot << 2;
      const size = slots[at + 2];
      if (size === 0) return -1;
      if (slots[at] !== hash || size >>> 16 !== length) continue;
      let key = slots[at + 1];
      for (let i = start; i < end; i++) if (keys[key++] !== units[i]) continue search;
      return at;
    }
  }

  /** Remembers a word that is not there; the buffer's ranges are units of the word. */
  add(units: Uint16Array, start: number, end: number, hash: number, buffer: MergeBuffer): void {
    const length = end - start;
    const count = buffer.length;
    if (length > MAX_LENGTH) return;
    if (this.#words === MAX_WORDS) this.#clear();
    if (4 * this.#words > 3 * this.#mask) this.#grow();
    this.#keys = roomFor(this.#keys, this.#keysEnd + length);
    this.#keys.set(units.subarray(start, end), this.#keysEnd);
    const at = this.#emptySlot(hash);
    this.slots[at] = hash;
    this.slots[at + 1] = this.#keysEnd;
    this.slots[at + 2] = (length << 16) | count;
    this.slots[at + 3] = count === 1 ? buffer.ids[0] : this.#tokensEnd;
    this.#keysEnd += length;
    this.#words++;
    if (count === 1) return;
    this.tokens = roomFor(this.tokens, this.#tokensEnd + 2 * count);
    for (let i = 0; i < count; i++) {
      this.tokens[this.#tokensEnd++] = buffer.ids[i];
      this.tokens[this.#tokensEnd++] = (buffer.starts[i] << 16) | buffer.ends[i];
    }
  }

  #emptySlot(hash: number): number {
    let slot = (hash ^ (hash >>> 15)) & this.#mask;
    while (this.slots[4 * slot + 2] !== 0) slot = (slot + 1) & this.#mask;
    return 4 * slot;
  }

  #grow(): void {
    const old = this.slots;
    this.slots = new Int32Array(2 * old.length);
    this.#mask = 2 * this.#mask + 1;
    for (let at = 0; at < old.length; at += 4) {
      if (old[at + 2] !== 0) this.slots.set(old.subarray(at, at + 4), this.#emptySlot(old[at]));
    }
  }

  #clear(): void {
    this.slots.fill(0);
    this.#words = 0;
    this.#keysEnd = 0;
    this.#tokensEnd = 0;
  }
}

function roomFor<T extends Uint16Array | Int32Array>(array: T, length: number): T {
  if (length <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(2 * Math.max(length, array.length));
  larger.set(array);
  return larger;
}
