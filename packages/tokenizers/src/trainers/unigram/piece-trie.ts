import { PairTable } from "../../models/pair-table.ts";
import type { Corpus } from "./corpus.ts";
import type { SeedPieces } from "./seed-pieces.ts";

/** A trie over pieces; nodes are numbers, the root is 0. */
export class PieceTrie {
  readonly #children: PairTable;
  /** By node: the piece that ends there, or -1. */
  readonly pieceOf: Int32Array;

  constructor(corpus: Corpus, pieces: SeedPieces) {
    let nodes = 1;
    for (const length of pieces.lengths) nodes += length;
    this.pieceOf = new Int32Array(nodes).fill(-1);
    this.#children = new PairTable(pieces.starts.length);
    let next = 1;
    for (let piece = 0; piece < pieces.starts.length; piece++) {
      let node = 0;
      const start = pieces.starts[piece];
      for (let i = start; i < start + pieces.lengths[piece]; i++) {
        let child = this.#children.get(node, corpus.text[i]);
        if (child === -1) {
          child = next++;
          this.#children.set(node, corpus.text[i], child);
        }
        node = child;
      }
      this.pieceOf[node] = piece;
    }
  }

  /** The node one character further, or -1. */
  child(node: number, char: number): number {
    return this.#children.get(node, char);
  }
}
