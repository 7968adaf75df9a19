import type { Corpus } from "./corpus.ts";
import { commonPrefixes, repeatedSubstrings, suffixArray } from "./suffix-array.ts";

/** Pieces to begin with, as places in the corpus, with their first log-probabilities. */
export interface SeedPieces {
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  readonly scores: Float64Array;
}

/**
 * All characters, and the substrings of words that occur at least twice among the distinct words, by
 * occurrences × length.
 *
 * @param maxLength  longest piece, characters
 * @param maxPieces  how many there are at most; all characters are among them
 */
export function seedPieces(corpus: Corpus, maxLength: number, maxPieces: number): SeedPieces {
  const { text, codePoints } = corpus;
  const suffixes = suffixArray(text, codePoints.length);

  const firsts: number[] = []; // place in the suffix array
  const lengths: number[] = [];
  const weights: number[] = [];
  repeatedSubstrings(commonPrefixes(text, suffixes), (first, end, length) => {
    if (length < 2 || length > maxLength) return;
    const start = suffixes[first];
    if (text.subarray(start, start + length).includes(0)) return;
    firsts.push(first);
    lengths.push(length);
    weights.push((end - first) * length);
  });
  // of equal weight, the greater string first; order in the suffix array is lexicographic order
  const order = Uint32Array.from(firsts.keys()).sort(
    (a, b) => weights[b] - weights[a] || firsts[b] - firsts[a] || lengths[b] - lengths[a],
  );

  const chars = characters(corpus);
  const count = chars.length + Math.min(order.length, Math.max(maxPieces - chars.length, 0));
  const pieces = {
    starts: new Int32Array(count),
    lengths: new Int32Array(count),
    scores: new Float64Array(count),
  };
  for (let i = 0; i < count; i++) {
    const char = chars[i];
    const at = order[i - chars.length];
    pieces.starts[i] = char === undefined ? suffixes[firsts[at]] : char.start;
    pieces.lengths[i] = char === undefined ? lengths[at] : 1;
    pieces.scores[i] = char === undefined ? weights[at] : char.count;
  }
  const logTotal = Math.log(pieces.scores.reduce((sum, score) => sum + score, 0));
  for (let i = 0; i < count; i++) pieces.scores[i] = Math.log(pieces.scores[i]) - logTotal;
  return pieces;
}

/** The characters with how often they occur and where, the most frequent first; of those, the greater. */
function characters({ text, starts, ends, counts, codePoints }: Corpus): { start: number; count: number }[] {
  const occurrences = new Float64Array(codePoints.length);
  const places = new Int32Array(codePoints.length);
  for (let word = 0; word < counts.length; word++) {
    for (let i = starts[word]; i < ends[word]; i++) {
      occurrences[text[i]] += counts[word];
      places[text[i]] = i;
    }
  }
  return codePoints
    .map((_, number) => number)
    .slice(1)
    .sort((a, b) => occurrences[b] - occurrences[a] || b - a)
    .map((number) => ({ start: places[number], count: occurrences[number] }));
}
