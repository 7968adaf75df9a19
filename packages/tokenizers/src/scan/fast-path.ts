import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { TokenSink } from "../pipeline/token-sink.ts";

/**
 * Pre-tokenizer and model in one go, for byte-level models with a split pattern that is known here: scans the
 * text itself, makes no strings, and remembers the words it has seen. It gives exactly what the pre-tokenizer
 * and the model give one after the other.
 *
 * It works on a text that is already normalized and holds no added tokens.
 */
export interface FastPath {
  /**
   * Appends the tokens of `text` to `sink`, with spans in units of the original text and with
   * `sink.words` set, counting from `firstWord`.
   *
   * @returns the number of words (pieces)
   */
  encode(text: AlignedText, sink: TokenSink, firstWord: number): number;
  /** Appends the ids alone: of `sink`, only `ids` and `length` are valid afterwards. */
  encodeIds(text: string, sink: TokenSink): void;
}
