/** How many items there may be before `limit` thins them out. */
const MAX_SIZE = 100_000;

/**
 * A binary heap of items with scores, the highest first. Equal scores occur often (rare pieces are counted
 * alike), and which comes first decides what is learned; so it moves items exactly as the heap of Rust's
 * standard library does under an order in which an item is greater than its equals.
 */
export class Agenda {
  readonly #items: number[] = [];
  readonly #scores: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(item: number, score: number): void {
    this.#up(this.#items.length, item, score);
  }

  /** Takes the item with the highest score out; there must be one. */
  pop(): number {
    const items = this.#items;
    const scores = this.#scores;
    const lastItem = items.pop()!;
    const lastScore = scores.pop()!;
    if (items.length === 0) return lastItem;
    const top = items[0];
    let hole = 0; // goes down to the bottom, then the last item comes up from there
    for (let child = 1; child < items.length; child = 2 * hole + 1) {
      if (child + 1 < items.length && scores[child] < scores[child + 1]) child++;
      items[hole] = items[child];
      scores[hole] = scores[child];
      hole = child;
    }
    this.#up(hole, lastItem, lastScore);
    return top;
  }

  /** Beyond 100,000 items only the best `count` are kept. */
  limit(count: number): void {
    if (this.#items.length <= MAX_SIZE) return;
    const kept: [item: number, score: number][] = [];
    for (let i = 0; i < count; i++) {
      const score = this.#scores[0];
      kept.push([this.pop(), score]);
    }
    this.#items.length = 0;
    this.#scores.length = 0;
    for (const [item, score] of kept) this.push(item, score);
  }

  #up(from: number, item: number, score: number): void {
    let hole = from;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (score < this.#scores[parent]) break;
      this.#items[hole] = this.#items[parent];
      this.#scores[hole] = this.#scores[parent];
      hole = parent;
    }
    this.#items[hole] = item;
    this.#scores[hole] = score;
  }
}
