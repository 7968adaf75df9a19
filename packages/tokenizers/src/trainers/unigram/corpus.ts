/** Distinct words as one text of character numbers: words end with a 0, characters count from 1 in code point order. */
export interface Corpus {
  /** `[N]`: all words, one after the other, a 0 behind each. */
  readonly text: Int32Array;
  /** Word `i` is `text[starts[i] .. ends[i]]`. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** How often each word occurs. */
  readonly counts: Float64Array;
  /** Code point of each character number; entry 0 stands for the end of a word (and for U+0000). */
  readonly codePoints: readonly number[];
}

export function makeCorpus(words: ReadonlyMap<string, number>): Corpus {
  const seen = new Set<number>();
  let length = 0;
  for (const word of words.keys()) {
    for (const char of word) {
      seen.add(char.codePointAt(0)!);
      length++;
    }
  }
  seen.delete(0);
  const codePoints = [0, ...[...seen].sort((a, b) => a - b)];
  const numbers = new Map(codePoints.map((codePoint, i) => [codePoint, i]));

  const text = new Int32Array(length + words.size);
  const starts = new Int32Array(words.size);
  const ends = new Int32Array(words.size);
  const counts = new Float64Array(words.size);
  let at = 0;
  let i = 0;
  for (const [word, count] of words) {
    starts[i] = at;
    for (const char of word) text[at++] = numbers.get(char.codePointAt(0)!)!;
    ends[i] = at++;
    counts[i++] = count;
  }
  return { text, starts, ends, counts, codePoints };
}

/** What characters `start .. start + length` of the corpus are as a string. */
export function textOf(corpus: Corpus, start: number, length: number): string {
  let text = "";
  for (let i = start; i < start + length; i++)
    text += String.fromCodePoint(corpus.codePoints[corpus.text[i]]);
  return text;
}
