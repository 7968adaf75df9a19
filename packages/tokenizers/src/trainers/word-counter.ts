import { AlignedText } from "../pipeline/aligned-text.ts";
import type { Normalizer, PreTokenizer } from "../pipeline/roles.ts";

/** Counts the words that normalizer and pre-tokenizer make of texts. */
export class WordCounter {
  readonly #normalizer: Normalizer | undefined;
  readonly #preTokenizer: PreTokenizer | undefined;
  readonly #counts = new Map<string, number>();

  constructor(normalizer: Normalizer | undefined, preTokenizer: PreTokenizer | undefined) {
    this.#normalizer = normalizer;
    this.#preTokenizer = preTokenizer;
  }

  /** A lone surrogate counts as U+FFFD. */
  add(text: string): void {
    const whole = new AlignedText(text.toWellFormed());
    const normal = this.#normalizer?.normalize(whole) ?? whole;
    for (const { text: word } of this.#preTokenizer?.preTokenize(normal) ?? [normal]) {
      if (word === "") continue;
      const count = this.#counts.get(word);
      if (count !== undefined) this.#counts.set(word, count + 1);
      else this.#counts.set([...word].join(""), 1); // a copy: a slice would keep its whole text alive
    }
  }

  counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }
}
