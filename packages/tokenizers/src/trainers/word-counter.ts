import { detached } from "../detached.ts";
import { AlignedText } from "../pipeline/aligned-text.ts";
import type { Normalizer, PreTokenizer } from "../pipeline/roles.ts";
import { scannerOf } from "../scan/create-fast-path.ts";
import type { Scanner } from "../scan/scanners.ts";
import { unitClasses } from "../scan/unit-classes.ts";
import { UnitCounter } from "./unit-counter.ts";

/**
 * Counts the words that normalizer and pre-tokenizer make of texts. Behind a byte-level pre-tokenizer with a known
 * pattern, words are counted as they stand in the text, and rewritten only once each.
 */
export class WordCounter {
  readonly #normalizer: Normalizer | undefined;
  readonly #preTokenizer: PreTokenizer | undefined;
  readonly #scanner: Scanner | undefined;
  readonly #counts = new Map<string, number>();
  readonly #scanned = new UnitCounter();
  #units = new Uint16Array(1024);

  constructor(normalizer: Normalizer | undefined, preTokenizer: PreTokenizer | undefined) {
    this.#normalizer = normalizer;
    this.#preTokenizer = preTokenizer;
    this.#scanner = preTokenizer && scannerOf(preTokenizer.toJSON());
  }

  /** A lone surrogate counts as U+FFFD. */
  add(text: string): void {
    const whole = new AlignedText(text.toWellFormed());
    const normal = this.#normalizer?.normalize(whole) ?? whole;
    if (this.#scanner !== undefined) this.#scan(normal.text, this.#scanner);
    else for (const { text: word } of this.#cut(normal)) this.#count(word);
  }

  counts(): ReadonlyMap<string, number> {
    if (this.#scanner === undefined) return this.#counts;
    const rewritten = new Map<string, number>();
    for (const [word, count] of this.#scanned.entries()) {
      const pieces = this.#cut(new AlignedText(word)); // several, where it is not by itself what it is in the text
      rewritten.set(pieces.map(({ text }) => text).join(""), count);
    }
    return rewritten;
  }

  #cut(text: AlignedText): AlignedText[] {
    return this.#preTokenizer?.preTokenize(text) ?? [text];
  }

  #scan(text: string, scan: Scanner): void {
    const { length } = text;
    if (length > this.#units.length) this.#units = new Uint16Array(2 * length);
    const units = this.#units;
    for (let i = 0; i < length; i++) units[i] = text.charCodeAt(i);
    const classes = unitClasses();
    for (let start = 0; start < length; ) {
      const end = scan(units, start, length, classes);
      this.#scanned.add(units, start, end);
      start = end;
    }
  }

  #count(word: string): void {
    const count = this.#counts.get(word);
    if (count !== undefined) this.#counts.set(word, count + 1);
    else if (word !== "") this.#counts.set(detached(word), 1);
  }
}
