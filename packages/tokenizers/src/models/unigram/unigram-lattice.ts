import type { UnigramTrie } from "./unigram-trie.ts";

/** What a segmentation is scored by. */
export interface UnigramScores {
  readonly trie: UnigramTrie;
  /** Log probability of each id. */
  readonly scores: Float64Array;
  /** Log probability of a character that is no token. */
  readonly unkScore: number;
  /** Rounds a score to the precision that sums are kept in. */
  readonly round: (score: number) => number;
}

/** One way to go on: a token from `start` to `end`; `id` is -1 for an unknown character. */
export type EdgeVisitor = (start: number, end: number, id: number, score: number) => void;

/** All edges of a text's lattice, by where they start, then by length; an unknown character comes last. */
export function visitEdges(text: string, model: UnigramScores, visit: EdgeVisitor): void {
  const { trie, scores, unkScore } = model;
  for (let start = 0; start < text.length; ) {
    const next = start + (text.codePointAt(start)! > 0xffff ? 2 : 1);
    let single = false;
    let node = 0;
    for (let end = start; end < text.length; ) {
      node = trie.child(node, text.charCodeAt(end++));
      if (node === -1) break;
      const id = trie.token(node);
      if (id === -1) continue;
      visit(start, end, id, scores[id]);
      if (end === next) single = true;
    }
    if (!single) visit(start, next, -1, unkScore);
    start = next;
  }
}

/** A segmentation: for each token its end and id, from the first to the last. */
export interface Segmentation {
  readonly ends: number[];
  readonly ids: number[];
  /** Sum of the tokens' log probabilities. */
  readonly score: number;
}

/**
 * The most probable segmentation; of equals, the one whose last token starts first.
 *
 * @see Viterbi 1967; Kudo 2018, Subword regularization, arXiv:1804.10959, section 3.2
 */
export function bestSegmentation(text: string, model: UnigramScores): Segmentation {
  const best = new Float64Array(text.length + 1);
  const from = new Int32Array(text.length + 1).fill(-1);
  const token = new Int32Array(text.length + 1);
  visitEdges(text, model, (start, end, id, score) => {
    const candidate = model.round(score + best[start]);
    if (from[end] !== -1 && candidate <= best[end]) return;
    best[end] = candidate;
    from[end] = start;
    token[end] = id;
  });
  const ends: number[] = [];
  const ids: number[] = [];
  for (let at = text.length; at > 0; at = from[at]) {
    ends.push(at);
    ids.push(token[at]);
  }
  return { ends: ends.reverse(), ids: ids.reverse(), score: best[text.length] };
}
