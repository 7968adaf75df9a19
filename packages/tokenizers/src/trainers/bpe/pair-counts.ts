import { PairTable } from "../../models/pair-table.ts";

/** How often each pair of neighbouring symbols occurs; a pair gets an index when it is first seen. */
export class PairCounts {
  /** Number of pairs. */
  size = 0;
  lefts = new Int32Array(1024);
  rights = new Int32Array(1024);
  /** Occurrences, each weighted by how often its word occurs. */
  counts = new Float64Array(1024);
  readonly #indices = new PairTable();

  /**
   * Adds `weight` to the pair's count.
   *
   * @returns the pair's index
   */
  change(left: number, right: number, weight: number): number {
    let index = this.#indices.get(left, right);
    if (index === -1) {
      index = this.size++;
      if (index === this.lefts.length) this.#grow();
      this.lefts[index] = left;
      this.rights[index] = right;
      this.#indices.set(left, right, index);
    }
    this.counts[index] += weight;
    return index;
  }

  #grow(): void {
    const { lefts, rights, counts } = this;
    this.lefts = new Int32Array(2 * lefts.length);
    this.lefts.set(lefts);
    this.rights = new Int32Array(2 * rights.length);
    this.rights.set(rights);
    this.counts = new Float64Array(2 * counts.length);
    this.counts.set(counts);
  }
}
