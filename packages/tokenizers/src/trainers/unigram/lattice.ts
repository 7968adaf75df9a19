import { Agenda } from "./agenda.ts";
import type { PieceTrie } from "./piece-trie.ts";

/** Log-probability of a character that is no piece, below the least probable piece. */
const UNKNOWN_PENALTY = 10;
/** Beyond this difference, `log(eˣ + eʸ)` is the larger of the two. */
const NEGLIGIBLE = 50;
/** What stands for the two ends of a path. */
const BEGIN = -1;
const END = -2;

/** What there is to cut words into. A piece with score NaN does not count. */
export interface PieceScores {
  readonly trie: PieceTrie;
  readonly scores: Float64Array;
  /** Stands for the piece of a character that has none. */
  readonly unknown: number;
  readonly unknownScore: number;
}

/** @param scores  log-probabilities by piece; NaN for pieces that are out */
export function withUnknown(trie: PieceTrie, scores: Float64Array): PieceScores {
  let least = Number.POSITIVE_INFINITY;
  for (const score of scores) if (score < least) least = score;
  return { trie, scores, unknown: scores.length, unknownScore: least - UNKNOWN_PENALTY };
}

/**
 * All ways to cut one word into pieces: nodes are pieces at places, ordered by where they begin and then by
 * length. Buffers are kept from word to word.
 */
export class Lattice {
  length = 0;
  #count = 0;
  #begins = new Int32Array(256);
  #ends = new Int32Array(256);
  #pieces = new Int32Array(256);
  #scores = new Float64Array(256);
  #best = new Float64Array(256);
  #previous = new Int32Array(256);
  /** The nodes by where they end, and where in that list those begin that end at a position. */
  #byEnd = new Int32Array(256);
  #endsFrom = new Int32Array(66);
  /** By position: log-probability of all paths that lead there, and of all that go on from there. */
  #forward = new Float64Array(64);
  #backward = new Float64Array(64);

  /** Lays out `text[start .. end]`, without the piece `except`. */
  build(text: Int32Array, start: number, end: number, model: PieceScores, except = -1): void {
    const { trie, scores } = model;
    this.length = end - start;
    this.#count = 0;
    if (this.length >= this.#forward.length) {
      const capacity = 2 * this.length;
      this.#forward = new Float64Array(capacity);
      this.#backward = new Float64Array(capacity);
      this.#endsFrom = new Int32Array(capacity + 2);
    }
    for (let begin = start; begin < end; begin++) {
      let single = false;
      let node = 0;
      for (let i = begin; i < end; i++) {
        node = trie.child(node, text[i]);
        if (node === -1) break;
        const piece = trie.pieceOf[node];
        if (piece === -1 || piece === except || Number.isNaN(scores[piece])) continue;
        if (i === begin) single = true;
        this.#insert(begin - start, i + 1 - start, piece, scores[piece]);
      }
      if (!single) this.#insert(begin - start, begin + 1 - start, model.unknown, model.unknownScore);
    }
  }

  /**
   * The pieces of the most probable path, in order. Of equally probable ones it is the one whose last piece is
   * the longest, and so on.
   */
  bestPath(): number[] {
    this.#score();
    const path: number[] = [];
    for (let node = this.#bestEnd(); node !== -1; node = this.#previous[node]) path.push(this.#pieces[node]);
    return path.reverse();
  }

  /**
   * The most probable path and the one after it, where there is one. Backwards A*: the score of a path's
   * beginning is known, so the first two to arrive are the best two (Nagata 1994).
   */
  twoBestPaths(): number[][] {
    this.#score();
    const nodes: number[] = [END];
    const followers: number[] = [-1];
    const scores: number[] = [0]; // of the part that is decided
    const agenda = new Agenda();
    agenda.push(0, 0);
    const paths: number[][] = [];
    while (agenda.size > 0) {
      const path = agenda.pop();
      const node = nodes[path];
      if (node === BEGIN) {
        const pieces: number[] = [];
        for (let at = followers[path]; nodes[at] !== END; at = followers[at])
          pieces.push(this.#pieces[nodes[at]]);
        paths.push(pieces);
        if (paths.length === 2) break;
        continue;
      }
      const position = node === END ? this.length : this.#begins[node];
      if (position === 0) {
        agenda.push(nodes.length, scores[path]);
        nodes.push(BEGIN);
        followers.push(path);
        scores.push(scores[path]);
      }
      for (let i = this.#endsFrom[position]; i < this.#endsFrom[position + 1]; i++) {
        const before = this.#byEnd[i];
        agenda.push(nodes.length, this.#best[before] + scores[path]);
        nodes.push(before);
        followers.push(path);
        scores.push(this.#scores[before] + scores[path]);
      }
      agenda.limit(20);
    }
    return paths;
  }

  /**
   * Adds to `expected` how often each piece is expected: `weight · P(piece at its place | word)`, by the
   * forward-backward algorithm.
   */
  addExpected(weight: number, expected: Float64Array): void {
    const { length } = this;
    const forward = this.#forward.fill(Number.NEGATIVE_INFINITY, 0, length + 1);
    const backward = this.#backward.fill(Number.NEGATIVE_INFINITY, 0, length + 1);
    const begins = this.#begins;
    const ends = this.#ends;
    const scores = this.#scores;
    forward[0] = 0;
    for (let node = 0; node < this.#count; node++) {
      const end = ends[node];
      forward[end] = logAdd(forward[end], scores[node] + forward[begins[node]]);
    }
    backward[length] = 0;
    for (let last = this.#count - 1; last >= 0; ) {
      const begin = begins[last];
      let first = last;
      while (first > 0 && begins[first - 1] === begin) first--;
      for (let node = first; node <= last; node++) {
        backward[begin] = logAdd(backward[begin], scores[node] + backward[ends[node]]);
      }
      last = first - 1;
    }
    const total = forward[length];
    for (let node = 0; node < this.#count; node++) {
      const logProbability = forward[begins[node]] + scores[node] + backward[ends[node]] - total;
      expected[this.#pieces[node]] += weight * Math.exp(logProbability);
    }
  }

  /** The best score of a path up to each node, that node included, and the node before it on that path. */
  #score(): void {
    const { length } = this;
    const count = this.#count;
    const from = this.#endsFrom.fill(0, 0, length + 2);
    for (let node = 0; node < count; node++) from[this.#ends[node] + 1]++;
    for (let position = 1; position <= length + 1; position++) from[position] += from[position - 1];
    const at = from.slice(0, length + 1);
    for (let node = 0; node < count; node++) this.#byEnd[at[this.#ends[node]]++] = node;

    for (let node = 0; node < count; node++) {
      const begin = this.#begins[node];
      let best = this.#scores[node];
      let previous = -1;
      for (let i = from[begin]; i < from[begin + 1]; i++) {
        const score = this.#best[this.#byEnd[i]] + this.#scores[node];
        if (previous !== -1 && score <= best) continue;
        best = score;
        previous = this.#byEnd[i];
      }
      this.#best[node] = best;
      this.#previous[node] = previous;
    }
  }

  #bestEnd(): number {
    let best = -1;
    for (let i = this.#endsFrom[this.length]; i < this.#endsFrom[this.length + 1]; i++) {
      const node = this.#byEnd[i];
      if (best === -1 || this.#best[node] > this.#best[best]) best = node;
    }
    return best;
  }

  #insert(begin: number, end: number, piece: number, score: number): void {
    const node = this.#count++;
    if (node === this.#begins.length) {
      this.#begins = enlarged(this.#begins);
      this.#ends = enlarged(this.#ends);
      this.#pieces = enlarged(this.#pieces);
      this.#previous = enlarged(this.#previous);
      this.#byEnd = enlarged(this.#byEnd);
      this.#best = new Float64Array(2 * node);
      const scores = new Float64Array(2 * node);
      scores.set(this.#scores);
      this.#scores = scores;
    }
    this.#begins[node] = begin;
    this.#ends[node] = end;
    this.#pieces[node] = piece;
    this.#scores[node] = score;
  }
}

/** `log(eˣ + eʸ)`. */
function logAdd(x: number, y: number): number {
  const least = x > y ? y : x;
  const most = x > y ? x : y;
  return most > least + NEGLIGIBLE ? most : most + Math.log(Math.exp(least - most) + 1);
}

function enlarged(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}
