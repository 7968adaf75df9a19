import type { TokenSink } from "../pipeline/token-sink.ts";

const MAX_WORDS = 10_000;
/** In UTF-16 units. */
const MAX_LENGTH = 128;

/** Tokens of words seen before, by the word. Bounded: when it is full it starts anew. */
export class WordCache {
  /** Id, start and end of each token by turns, in units of the word. */
  readonly #words = new Map<string, Int32Array>();

  /** Appends the word's tokens, if it is known. */
  recall(word: string, sink: TokenSink, base: number): boolean {
    const tokens = this.#words.get(word);
    if (tokens === undefined) return false;
    for (let i = 0; i < tokens.length; i += 3) {
      sink.push(tokens[i], base + tokens[i + 1], base + tokens[i + 2]);
    }
    return true;
  }

  /** Remembers the tokens that have been appended for `word` since the sink had the length `from`. */
  remember(word: string, sink: TokenSink, from: number, base: number): void {
    if (word.length > MAX_LENGTH) return;
    if (this.#words.size === MAX_WORDS) this.#words.clear();
    const tokens = new Int32Array(3 * (sink.length - from));
    for (let i = from, at = 0; i < sink.length; i++) {
      tokens[at++] = sink.ids[i];
      tokens[at++] = sink.starts[i] - base;
      tokens[at++] = sink.ends[i] - base;
    }
    this.#words.set(detached(word), tokens);
  }
}

/** A copy of its own: a slice would keep the whole text alive for as long as the cache lasts. */
export function detached(word: string): string {
  return word.length < 13 ? word : ` ${word}`.slice(1);
}
