import type { BatchOptions, EncodedBatch } from "./batch.ts";
import type { SpecialTokens } from "./special-tokens.ts";

/** A half-open range `[start, end)` of a text, in UTF-16 units: `text.slice(start, end)`. */
export type Offset = readonly [start: number, end: number];

/** One encoded text. All lists have one entry per token. */
export interface Encoding {
  /** Number of tokens. */
  readonly length: number;
  /** Token ids, `[T]`. */
  readonly ids: Int32Array;
  /** What each token is called in the vocabulary. */
  readonly tokens: readonly string[];
  /** Where each token comes from, UTF-16 units; `[0, 0]` for a special token that was added. */
  readonly offsets: readonly Offset[];
  /** `[T]`, 1 where a special token was added. */
  readonly specialTokensMask: Uint8Array;
}

export interface EncodeOptions {
  /** Put `bos` before and `eos` behind the text, where the tokenizer has them. Default `true`. */
  readonly addSpecialTokens?: boolean;
}

export interface DecodeOptions {
  /** Leave special tokens out of the text. Default `true`. */
  readonly skipSpecialTokens?: boolean;
}

/**
 * Decodes ids that come one by one. What `push` returns is final: it is never taken back, and a character is
 * only returned when it is complete. All pieces and `end()` joined are what `decode` gives for all ids.
 */
export interface DecodeStream {
  /** The text that is settled by one more id, or by several; often `""` while a character is incomplete. */
  push(ids: number | Iterable<number>): string;
  /** What is left (a character cut short becomes U+FFFD); the stream can then be used anew. */
  end(): string;
}

/**
 * What every tokenizer of this package can do, from characters to byte-pair encoding.
 *
 * Ids are whole numbers in `0 .. vocabSize - 1`. Characters and bytes never read special tokens out of a text:
 * text that spells `<eos>` is text. `PipelineTokenizer` finds its added tokens, as the library does whose files it
 * reads, unless `readSpecialTokens: false` forbids it.
 *
 * @example
 * const tokenizer: Tokenizer = new ByteTokenizer({ specialTokens: { eos: "<eos>" } });
 * const { ids } = tokenizer.encode("é");
 * [...ids]; // => [195, 169, 256]
 * tokenizer.decode(ids); // => "é"
 */
export interface Tokenizer {
  /** Number of ids, special tokens included. */
  readonly vocabSize: number;
  /** The special tokens and their ids. */
  readonly specialTokens: SpecialTokens;
  /** Text to ids, tokens and offsets. */
  encode(text: string, options?: EncodeOptions): Encoding;
  /** Texts to one padded `[B, T]` block of ids and its mask. */
  encodeBatch(texts: readonly string[], options?: BatchOptions): EncodedBatch;
  /** Ids back to text. */
  decode(ids: Iterable<number>, options?: DecodeOptions): string;
  /** A decoder for ids that come one by one, as in generation. */
  decodeStream(options?: DecodeOptions): DecodeStream;
  /** The id of a token, or `undefined`. */
  tokenToId(token: string): number | undefined;
  /** What an id is called, or `undefined`. */
  idToToken(id: number): string | undefined;
  /** Plain JSON from which the class's `fromJSON` makes the same tokenizer. */
  toJSON(): object;
}
