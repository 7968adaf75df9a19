import { show, showCodePoint, UnknownTextError } from "../../errors.ts";
import { byteTokensOf } from "../byte-tokens.ts";
import type { Vocabulary } from "../vocabulary.ts";
import type { MergeBuffer } from "./merge-buffer.ts";

/** What BPE needs to know to begin with a word's characters. */
export interface BpeSymbolOptions {
  readonly vocab: Vocabulary;
  readonly prefix: string;
  readonly suffix: string;
  readonly unkToken: string | undefined;
  readonly fuseUnk: boolean;
  /** Byte fallback, where it is on: the tokens of the 256 bytes, -1 for none. */
  readonly byteIds: Int32Array | undefined;
}

/** Cuts words into the symbols that BPE begins with: characters, bytes for want of them, or the unknown token. */
export class BpeSymbols {
  readonly #options: BpeSymbolOptions;

  constructor(options: BpeSymbolOptions) {
    this.#options = options;
  }

  /**
   * Fills the buffer with the symbols of a word, ranges in UTF-16 units.
   *
   * A character without a token, where there is no unknown token either, is left out, as Hugging Face's BPE does.
   */
  read(text: string, buffer: MergeBuffer): void {
    const word = text.toWellFormed(); // lone surrogates become U+FFFD
    const { vocab, prefix, suffix, unkToken, fuseUnk, byteIds } = this.#options;
    buffer.reset(word.length);
    let unkStart = -1; // an unknown token that is not yet in the buffer
    let unkEnd = -1;
    let unkId = -1;
    for (let start = 0; start < word.length; ) {
      const end = start + (word.codePointAt(start)! > 0xffff ? 2 : 1);
      let symbol = word.slice(start, end);
      if (start > 0) symbol = prefix + symbol;
      if (end === word.length) symbol += suffix;
      const id = vocab.ids.get(symbol);
      const bytes = id === undefined && byteIds !== undefined ? byteTokensOf(symbol, byteIds) : undefined;
      if (id !== undefined) {
        if (unkStart !== -1) buffer.add(unkId, unkStart, unkEnd);
        unkStart = -1;
        buffer.add(id, start, end);
      } else if (bytes !== undefined) {
        for (const byte of bytes) buffer.add(byte, start, end); // before a pending unknown token, as in Rust
      } else if (unkToken !== undefined) {
        if (unkStart !== -1 && !fuseUnk) buffer.add(unkId, unkStart, unkEnd);
        if (unkStart === -1 || !fuseUnk) unkStart = start;
        unkEnd = end;
        unkId = vocab.ids.get(unkToken) ?? this.#noUnkToken(word, start);
      }
      start = end;
    }
    if (unkStart !== -1) buffer.add(unkId, unkStart, unkEnd);
  }

  #noUnkToken(word: string, offset: number): never {
    const { unkToken } = this.#options;
    const codePoint = showCodePoint(word.codePointAt(offset)!);
    throw new UnknownTextError(
      `BpeModel.tokenize: there is no token for ${codePoint} at offset ${offset} of ${show(word)}, and the unknown token ${show(unkToken)} is not in the vocabulary`,
      offset,
    );
  }
}
