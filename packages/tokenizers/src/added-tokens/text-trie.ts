/** One unit deeper in the trie; `value` is the index of the text that ends here, -1 for none. */
interface TrieNode {
  readonly next: Map<number, TrieNode>;
  value: number;
}

/**
 * Finds texts of a set in a longer one: the leftmost, and of those that begin there the longest. Time is the
 * length of the text times that of the longest of the set, at worst; where hardly any unit begins one of them
 * it is the length of the text.
 */
export class TextTrie {
  readonly #root: TrieNode = { next: new Map(), value: -1 };
  /** First units, as a search string each where they are few. */
  readonly #firsts: readonly string[];
  #matchEnd = 0;

  /** @param texts  not empty each; of equal ones the first counts */
  constructor(texts: readonly string[]) {
    for (const [index, text] of texts.entries()) {
      let node = this.#root;
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        let next = node.next.get(unit);
        if (next === undefined) {
          next = { next: new Map(), value: -1 };
          node.next.set(unit, next);
        }
        node = next;
      }
      if (node !== this.#root && node.value < 0) node.value = index;
    }
    this.#firsts = [...this.#root.next.keys()].map((unit) => String.fromCharCode(unit));
  }

  /** Calls `found` for each match from the left, none overlapping the one before. */
  forEachMatch(text: string, found: (index: number, start: number, end: number) => void): void {
    if (this.#firsts.length === 0) return;
    const next = this.#firsts.map((first) => text.indexOf(first));
    const few = this.#firsts.length <= 4;
    let at = 0;
    while (at < text.length) {
      at = few ? this.#nextOfFew(text, at, next) : this.#nextOfMany(text, at);
      if (at < 0) return;
      const index = this.#matchAt(text, at);
      if (index < 0) {
        at++;
        continue;
      }
      found(index, at, this.#matchEnd);
      at = this.#matchEnd;
    }
  }

  /** The longest text of the set that stands at `at`, by its index, or -1; sets `#matchEnd`. */
  #matchAt(text: string, at: number): number {
    let node: TrieNode | undefined = this.#root;
    let found = -1;
    for (let i = at; i < text.length; i++) {
      node = node.next.get(text.charCodeAt(i));
      if (node === undefined) break;
      if (node.value < 0) continue;
      found = node.value;
      this.#matchEnd = i + 1;
    }
    return found;
  }

  /** `next[k]` is where the k-th first unit stands next, at or behind where it was last looked for. */
  #nextOfFew(text: string, at: number, next: number[]): number {
    let nearest = -1;
    for (const [k, first] of this.#firsts.entries()) {
      if (next[k]! >= 0 && next[k]! < at) next[k] = text.indexOf(first, at);
      if (next[k]! >= 0 && (nearest < 0 || next[k]! < nearest)) nearest = next[k]!;
    }
    return nearest;
  }

  #nextOfMany(text: string, from: number): number {
    const { next } = this.#root;
    for (let at = from; at < text.length; at++) if (next.has(text.charCodeAt(at))) return at;
    return -1;
  }
}
