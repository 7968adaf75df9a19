import type { MergeBuffer } from "../models/bpe/merge-buffer.ts";
import type { MergeRule } from "../models/bpe/merge-rule.ts";
import { PairTable } from "../models/pair-table.ts";
import { type Piece, pieceTypes } from "./pieces.ts";

/**
 * SentencePiece's rule for BPE: two neighbours merge where a piece spells both together, the piece of the
 * highest score first. (Files of merges rank pairs; here two pairs that give the same piece are equal.)
 */
export class PieceMerges implements MergeRule {
  readonly distinctProducts = true;
  readonly #ranks: PairTable;
  /** By rank. */
  readonly #products: Int32Array;

  constructor(pieces: readonly Piece[]) {
    const ids = new Map<string, number>();
    pieces.forEach(({ text, type }, id) => {
      if (type === pieceTypes.normal) ids.set(text, id);
    });
    const byScore = [...ids.values()].sort((a, b) => pieces[b].score - pieces[a].score || a - b);
    this.#ranks = new PairTable(2 * byScore.length);
    this.#products = Int32Array.from(byScore);
    byScore.forEach((id, rank) => {
      const { text } = pieces[id];
      for (let at = 1; at < text.length; at++) {
        const left = ids.get(text.slice(0, at));
        const right = left === undefined ? undefined : ids.get(text.slice(at));
        if (left !== undefined && right !== undefined) this.#ranks.set(left, right, rank);
      }
    });
  }

  rank(buffer: MergeBuffer, left: number, right: number): number {
    return this.#ranks.get(buffer.ids[left], buffer.ids[right]);
  }

  product(rank: number): number {
    return this.#products[rank];
  }
}
