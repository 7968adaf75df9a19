/**
 * Candidate merges, the best first: the most frequent pair; of those equally frequent, the smaller left id, then
 * the smaller right id, then the candidate that came first. A binary heap over typed arrays.
 */
export class MergeQueue {
  #size = 0;
  #heap = new Int32Array(1024);
  #entries = 0;
  /** By entry: the pair's index and ids, its count when it was queued, where its places begin, how many. */
  #fields = new Int32Array(5 * 1024);
  #counts = new Float64Array(1024);

  get size(): number {
    return this.#size;
  }

  push(pair: number, left: number, right: number, count: number, start: number, length: number): void {
    const entry = this.#entries++;
    if (entry === this.#counts.length) {
      this.#fields = doubled(this.#fields, new Int32Array(10 * entry));
      this.#counts = doubled(this.#counts, new Float64Array(2 * entry));
    }
    const at = 5 * entry;
    const fields = this.#fields;
    fields[at] = pair;
    fields[at + 1] = left;
    fields[at + 2] = right;
    fields[at + 3] = start;
    fields[at + 4] = length;
    this.#counts[entry] = count;
    if (this.#size === this.#heap.length) {
      this.#heap = doubled(this.#heap, new Int32Array(2 * this.#size));
    }
    this.#up(this.#size++, entry);
  }

  /** The best entry; the queue must not be empty. */
  top(): number {
    return this.#heap[0];
  }

  pairOf(entry: number): number {
    return this.#fields[5 * entry];
  }

  countOf(entry: number): number {
    return this.#counts[entry];
  }

  startOf(entry: number): number {
    return this.#fields[5 * entry + 3];
  }

  lengthOf(entry: number): number {
    return this.#fields[5 * entry + 4];
  }

  /** Takes the best entry out. */
  pop(): void {
    const last = this.#heap[--this.#size];
    if (this.#size > 0) this.#down(last);
  }

  /** The best entry turns out to be less frequent: it moves to where it belongs. */
  lower(count: number): void {
    const entry = this.#heap[0];
    this.#counts[entry] = count;
    this.#down(entry);
  }

  #before(a: number, b: number): boolean {
    const difference = this.#counts[a] - this.#counts[b];
    if (difference !== 0) return difference > 0;
    const fields = this.#fields;
    const left = fields[5 * a + 1] - fields[5 * b + 1];
    if (left !== 0) return left < 0;
    const right = fields[5 * a + 2] - fields[5 * b + 2];
    return right !== 0 ? right < 0 : a < b;
  }

  #up(from: number, entry: number): void {
    const heap = this.#heap;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(entry, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = entry;
  }

  #down(entry: number): void {
    const heap = this.#heap;
    const size = this.#size;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#before(heap[child + 1], heap[child])) child++;
      if (!this.#before(heap[child], entry)) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = entry;
  }
}

function doubled<T extends Int32Array | Float64Array>(array: T, larger: T): T {
  larger.set(array);
  return larger;
}
