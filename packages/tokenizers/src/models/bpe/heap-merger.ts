import type { MergeBuffer } from "./merge-buffer.ts";
import type { MergeRule } from "./merge-rule.ts";

/** Symbols that there is room for from the start. */
const SMALL = 1 << 8;

/**
 * Merges one word with a heap of candidates over a linked list of symbols, in O(n log n).
 *
 * A candidate that was overtaken stays in the heap and is dropped when it comes up, unless the pair that then
 * stands there has the same product: it is merged, at the rank of the older candidate. That is how Hugging
 * Face's BPE does it, and it matters where several pairs give the same token.
 */
export class HeapMerger {
  /** Number of symbols at the start: a candidate's key is `rank * count + position`. */
  #count = 0;
  #next = new Int32Array(SMALL);
  #previous = new Int32Array(SMALL);
  #heap = new Float64Array(SMALL);
  #size = 0;

  /**
   * @param skips  dropout: whether to pass over the candidate that came up; it comes back after the next merge
   * attempt that was not passed over
   */
  run(buffer: MergeBuffer, rule: MergeRule, skips?: () => boolean): void {
    this.#start(buffer, rule);
    const skipped: number[] = [];
    while (this.#size > 0) {
      const key = this.#pop();
      if (skips?.()) {
        skipped.push(key);
        continue;
      }
      while (skipped.length > 0) this.#push(skipped.pop()!);
      const rank = Math.floor(key / this.#count); // exact: rank * count < 2^53
      this.#merge(buffer, rule, key - rank * this.#count, rank);
    }
    this.#compact(buffer);
  }

  #start(buffer: MergeBuffer, rule: MergeRule): void {
    const { length } = buffer;
    const spare = this.#next.length > 1 << 16 && length <= SMALL; // gives back what a huge word took
    if (length > this.#next.length || spare) {
      const size = Math.max(length, SMALL);
      this.#next = new Int32Array(size);
      this.#previous = new Int32Array(size);
      this.#heap = new Float64Array(size);
    }
    this.#count = length;
    this.#size = 0;
    for (let i = 0; i < length; i++) {
      this.#next[i] = i + 1 < length ? i + 1 : -1;
      this.#previous[i] = i - 1;
      const rank = i + 1 < length ? rule.rank(buffer, i, i + 1) : -1;
      if (rank !== -1) this.#heap[this.#size++] = rank * length + i;
    }
    for (let i = (this.#size >> 1) - 1; i >= 0; i--) this.#sink(i, this.#heap[i]);
  }

  #merge(buffer: MergeBuffer, rule: MergeRule, at: number, rank: number): void {
    const { ids, ends } = buffer;
    const right = this.#next[at];
    if (ids[at] === -1 || right === -1) return; // merged away, or nothing to merge with any more
    const now = rule.rank(buffer, at, right);
    const product = rule.product(rank);
    if (now === -1 || rule.product(now) !== product) return;

    const next = this.#next[right];
    ids[at] = product;
    ends[at] = ends[right];
    ids[right] = -1;
    this.#next[at] = next;
    if (next !== -1) this.#previous[next] = at;
    const previous = this.#previous[at];
    if (previous !== -1) this.#propose(buffer, rule, previous, at);
    if (next !== -1) this.#propose(buffer, rule, at, next);
  }

  #propose(buffer: MergeBuffer, rule: MergeRule, left: number, right: number): void {
    const rank = rule.rank(buffer, left, right);
    if (rank !== -1) this.#push(rank * this.#count + left);
  }

  #compact(buffer: MergeBuffer): void {
    const { ids, starts, ends } = buffer;
    let length = 0;
    for (let i = 0; i !== -1; i = this.#next[i]) {
      ids[length] = ids[i];
      starts[length] = starts[i];
      ends[length] = ends[i];
      length++;
    }
    buffer.length = length;
  }

  #push(key: number): void {
    if (this.#size === this.#heap.length) {
      const larger = new Float64Array(2 * this.#heap.length);
      larger.set(this.#heap);
      this.#heap = larger;
    }
    const heap = this.#heap;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent] <= key) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = key;
  }

  #pop(): number {
    const top = this.#heap[0];
    const last = this.#heap[--this.#size];
    if (this.#size > 0) this.#sink(0, last);
    return top;
  }

  /** Puts `key` at `at` or below, where it belongs. */
  #sink(at: number, key: number): void {
    const heap = this.#heap;
    const size = this.#size;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && heap[child + 1] < heap[child]) child++;
      if (heap[child] >= key) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = key;
  }
}
