/**
 * A map from pairs of whole numbers to whole numbers, all in [0, 2^31): open addressing over one typed array,
 * so that 50,000 entries cost a few milliseconds and no objects.
 */
export class PairTable {
  #size = 0;
  #mask: number;
  /** Left, right and value of a slot, one after the other; left is -1 in an empty slot. */
  #slots: Int32Array;
  /**
   * One bit for each of some hashes, set where a pair has it: most pairs that are asked for are not there, and this
   * says so out of a cache that the slots would not fit into.
   */
  #filter: Uint32Array;

  /** @param expected  how many entries there will be; more are taken, at the cost of a rehash */
  constructor(expected = 0) {
    const capacity = 2 ** Math.ceil(Math.log2(2 * expected + 16));
    this.#mask = capacity - 1;
    this.#slots = new Int32Array(3 * capacity).fill(-1);
    this.#filter = new Uint32Array(capacity >> 2);
  }

  get size(): number {
    return this.#size;
  }

  /** The value of a pair, or -1. */
  get(left: number, right: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    const first = hash(left, right);
    if ((this.#filter[(first >>> 5) & (mask >> 2)] & (1 << first)) === 0) return -1;
    for (let slot = first & mask; ; slot = (slot + 1) & mask) {
      const found = slots[3 * slot];
      if (found === left && slots[3 * slot + 1] === right) return slots[3 * slot + 2];
      if (found === -1) return -1;
    }
  }

  set(left: number, right: number, value: number): void {
    if (2 * this.#size > this.#mask) this.#grow();
    const slots = this.#slots;
    const first = hash(left, right);
    this.#filter[(first >>> 5) & (this.#mask >> 2)] |= 1 << first;
    let slot = first & this.#mask;
    while (slots[3 * slot] !== -1 && !(slots[3 * slot] === left && slots[3 * slot + 1] === right)) {
      slot = (slot + 1) & this.#mask;
    }
    if (slots[3 * slot] === -1) this.#size++;
    slots[3 * slot] = left;
    slots[3 * slot + 1] = right;
    slots[3 * slot + 2] = value;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(2 * old.length).fill(-1);
    this.#mask = 2 * this.#mask + 1;
    this.#filter = new Uint32Array(2 * this.#filter.length);
    this.#size = 0;
    for (let at = 0; at < old.length; at += 3) {
      if (old[at] !== -1) this.set(old[at], old[at + 1], old[at + 2]);
    }
  }
}

/** Multiplicative mixing; the upper bits, which are mixed best, come down to where the mask is. */
function hash(left: number, right: number): number {
  const mixed = Math.imul(left, 0x9e3779b1) ^ Math.imul(right ^ 0x55555555, 0x85ebca77);
  return mixed ^ (mixed >>> 15);
}
