import { PairTable } from "../pair-table.ts";

/** A trie over UTF-16 units in typed arrays: which tokens does a text go on with at a place? */
export class UnigramTrie {
  readonly #children: PairTable;
  /** The token that ends in a node, -1 for none. */
  readonly #tokens: Int32Array;

  /** @param tokens  with their ids; of two equal tokens the later counts, and `""` never matches */
  constructor(tokens: Iterable<readonly [string, number]>) {
    const list = [...tokens];
    const units = list.reduce((sum, [token]) => sum + token.length, 1);
    this.#children = new PairTable(list.length);
    this.#tokens = new Int32Array(units).fill(-1);
    let nodes = 1;
    for (const [token, id] of list) {
      let node = 0;
      for (let i = 0; i < token.length; i++) {
        const unit = token.charCodeAt(i);
        let child = this.#children.get(node, unit);
        if (child === -1) {
          child = nodes++;
          this.#children.set(node, unit, child);
        }
        node = child;
      }
      if (node !== 0) this.#tokens[node] = id;
    }
  }

  /** The node that `unit` leads to, or -1; the root is 0. */
  child(node: number, unit: number): number {
    return this.#children.get(node, unit);
  }

  /** The id of the token that ends in a node, or -1. */
  token(node: number): number {
    return this.#tokens[node];
  }
}
