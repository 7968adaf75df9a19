import { show, TokenizerFormatError } from "../../errors.ts";
import { PairTable } from "../pair-table.ts";
import type { Vocabulary } from "../vocabulary.ts";
import type { MergeBuffer } from "./merge-buffer.ts";
import type { MergeRule } from "./merge-rule.ts";

/** Merges in order of rank: pairs of tokens, or (as older files have them) both with a space between. */
export type MergesInput = readonly (readonly [string, string])[] | readonly string[];

/** The merges of a BPE model, by the ids of the two tokens. */
export class BpeMerges implements MergeRule {
  readonly distinctProducts: boolean;
  readonly #pairs: PairTable;
  /** Left id, right id, product of each rank, `[3 R]`. */
  readonly #merges: Int32Array;

  /**
   * @param path  where the merges stand, for error messages
   * @param prefixLength  length of the `continuing_subword_prefix`, which the right token loses in a merge
   * @throws TokenizerFormatError for a merge that is no pair, or of or to a token that does not exist
   */
  constructor(merges: MergesInput, vocabulary: Vocabulary, prefixLength: number, path: string) {
    const pairs = new PairTable(merges.length);
    const table = new Int32Array(3 * merges.length);
    const { ids, tokens } = vocabulary;
    const produced = new Uint8Array(tokens.length);
    let distinct = true;
    let rank = 0;
    let last = -1; // the product of the merge before
    for (let i = 0; i < merges.length; i++) {
      const merge = merges[i];
      let left: string;
      let right: string;
      if (typeof merge === "string") {
        if (merge.startsWith("#version")) continue;
        const space = spaceIn(merge, i, path);
        left = merge.slice(0, space);
        right = merge.slice(space + 1);
      } else {
        checkPair(merge, i, path);
        left = merge[0];
        right = merge[1];
      }
      const tail = prefixLength === 0 ? right : right.slice(prefixLength);
      const leftId = ids.get(left);
      const rightId = ids.get(right);
      const product = likelyProduct(tokens, last, left, tail) ?? ids.get(left + tail);
      if (leftId === undefined || rightId === undefined || product === undefined) {
        const missing = leftId === undefined ? left : rightId === undefined ? right : left + tail;
        throw new TokenizerFormatError(
          `${path}[${i}]: merge of ${show(left)} and ${show(right)}: there is no token ${show(missing)} in the vocabulary`,
          `${path}[${i}]`,
        );
      }
      pairs.set(leftId, rightId, rank); // of two equal pairs, the later counts
      table[3 * rank] = leftId;
      table[3 * rank + 1] = rightId;
      table[3 * rank + 2] = product;
      if (produced[product] === 1) distinct = false;
      produced[product] = 1;
      last = product;
      rank++;
    }
    this.#pairs = pairs;
    this.#merges = rank < merges.length ? table.slice(0, 3 * rank) : table;
    this.distinctProducts = distinct;
  }

  /** Number of merges. */
  get length(): number {
    return this.#merges.length / 3;
  }

  rank(buffer: MergeBuffer, left: number, right: number): number {
    return this.#pairs.get(buffer.ids[left], buffer.ids[right]);
  }

  product(rank: number): number {
    return this.#merges[3 * rank + 2];
  }

  /** Pairs of tokens, in order of rank. */
  toJSON(vocabulary: Vocabulary): [string, string][] {
    return Array.from({ length: this.length }, (_, rank) => [
      vocabulary.tokens[this.#merges[3 * rank]]!,
      vocabulary.tokens[this.#merges[3 * rank + 1]]!,
    ]);
  }
}

/** The id of `left + right`, if it is that of the merge before or the next one: mostly so, and no string is made. */
function likelyProduct(
  tokens: readonly (string | undefined)[],
  last: number,
  left: string,
  right: string,
): number | undefined {
  for (let id = Math.max(last, 0); id <= last + 1; id++) {
    const token = tokens[id];
    if (token === undefined || token.length !== left.length + right.length) continue;
    if (token.startsWith(left) && token.endsWith(right)) return id;
  }
  return undefined;
}

/** Where the one space of a merge is. */
function spaceIn(merge: string, index: number, path: string): number {
  const space = merge.indexOf(" ");
  if (space === -1 || merge.indexOf(" ", space + 1) !== -1) throw notAPair(merge, index, path);
  return space;
}

function checkPair(merge: unknown, index: number, path: string): void {
  const isPair = Array.isArray(merge) && merge.length === 2;
  if (!isPair || typeof merge[0] !== "string" || typeof merge[1] !== "string") {
    throw notAPair(merge, index, path);
  }
}

function notAPair(merge: unknown, index: number, path: string): TokenizerFormatError {
  return new TokenizerFormatError(
    `${path}[${index}]: not two tokens with one space between, nor a list of two tokens (got ${show(merge)})`,
    `${path}[${index}]`,
  );
}
