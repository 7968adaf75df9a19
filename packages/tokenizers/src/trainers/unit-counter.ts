/** Units that become a string at once. */
const BLOCK = 1 << 12;

/** Counts strings that are given as ranges of UTF-16 units: no string is made for one that was there before. */
export class UnitCounter {
  #size = 0;
  /** Open addressing: one more than the index of an entry, 0 for an empty slot. */
  #slots = new Int32Array(1 << 13);
  /** By entry; `starts` has one more, where the next entry's units will begin in the pool. */
  #starts = new Int32Array(1 << 12);
  #hashes = new Int32Array(1 << 12);
  #counts = new Float64Array(1 << 12);
  #pool = new Uint16Array(1 << 15);

  /** Counts `units[start .. end]`. */
  add(units: Uint16Array, start: number, end: number): void {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ units[i], 0x01000193);
    hash ^= hash >>> 15;
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] - 1;
      if (this.#hashes[entry] === hash && this.#is(entry, units, start, end)) {
        this.#counts[entry]++;
        return;
      }
    }
    this.#slots[slot] = this.#insert(hash, units, start, end) + 1;
    if (2 * this.#size > mask) this.#rehash();
  }

  /** The strings with their counts, in the order in which they came first. */
  *entries(): Generator<readonly [text: string, count: number]> {
    for (let entry = 0; entry < this.#size; entry++) {
      let text = "";
      for (let at = this.#starts[entry]; at < this.#starts[entry + 1]; at += BLOCK) {
        const end = Math.min(at + BLOCK, this.#starts[entry + 1]);
        text += String.fromCharCode(...this.#pool.subarray(at, end));
      }
      yield [text, this.#counts[entry]];
    }
  }

  #is(entry: number, units: Uint16Array, start: number, end: number): boolean {
    let at = this.#starts[entry];
    if (this.#starts[entry + 1] - at !== end - start) return false;
    for (let i = start; i < end; i++) if (this.#pool[at++] !== units[i]) return false;
    return true;
  }

  #insert(hash: number, units: Uint16Array, start: number, end: number): number {
    const entry = this.#size++;
    if (entry + 1 === this.#starts.length) {
      this.#starts = enlarged(this.#starts, new Int32Array(2 * (entry + 1)));
      this.#hashes = enlarged(this.#hashes, new Int32Array(2 * (entry + 1)));
      this.#counts = enlarged(this.#counts, new Float64Array(2 * (entry + 1)));
    }
    const at = this.#starts[entry];
    const next = at + end - start;
    if (next > this.#pool.length) {
      this.#pool = enlarged(this.#pool, new Uint16Array(Math.max(next, 2 * this.#pool.length)));
    }
    this.#pool.set(units.subarray(start, end), at);
    this.#starts[entry + 1] = next;
    this.#hashes[entry] = hash;
    this.#counts[entry] = 1;
    return entry;
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length);
    for (let entry = 0; entry < this.#size; entry++) {
      let slot = this.#hashes[entry] & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = entry + 1;
    }
    this.#slots = slots;
  }
}

function enlarged<T extends Int32Array | Float64Array | Uint16Array>(array: T, larger: T): T {
  larger.set(array);
  return larger;
}
