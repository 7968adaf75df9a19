import { type BatchOptions, type EncodedBatch, encodeBatch } from "./batch.ts";
import { finishEncoding } from "./encoding.ts";
import { checkOptions, show, TokenizerError, TokenizerFormatError, UnknownIdError } from "./errors.ts";
import { parseSpecialTokenTexts, SpecialTokens, type SpecialTokenTexts } from "./special-tokens.ts";
import type { DecodeOptions, DecodeStream, EncodeOptions, Encoding, Tokenizer } from "./tokenizer.ts";
import { utf8Bytes } from "./utf8.ts";

const byteToken = /^<0x([0-9A-F]{2})>$/;

/** Bytes leave nothing unknown, so there is no `unk`. */
export type ByteSpecialTokenTexts = Omit<SpecialTokenTexts, "unk">;

export interface ByteTokenizerOptions {
  /** Special tokens and their texts. Default: none. */
  readonly specialTokens?: ByteSpecialTokenTexts;
}

/** What `ByteTokenizer.toJSON` gives and `ByteTokenizer.fromJSON` reads. */
export interface ByteTokenizerJson {
  readonly type: "ByteTokenizer";
  readonly version: 1;
  readonly specialTokens: ByteSpecialTokenTexts;
}

/**
 * One token per UTF-8 byte: any text, no training, 256 ids and the special tokens.
 *
 * The id of a byte is its value; the special tokens follow from 256 (pad, bos, eos; those that there are). A
 * byte's offset is the range of the character that it belongs to; its token is written `<0x41>`.
 *
 * `decode(encode(s).ids) === s.toWellFormed()`: a lone surrogate has no bytes and becomes U+FFFD, all else is
 * kept. Bytes that are no UTF-8 decode to U+FFFD, as the WHATWG encoding standard has it, never to half a
 * character.
 *
 * @example
 * const tokenizer = new ByteTokenizer({ specialTokens: { pad: "<pad>", eos: "<eos>" } });
 * const { ids, tokens, offsets } = tokenizer.encode("aé");
 * [...ids]; // => [97, 195, 169, 257]
 * tokens; // => ["<0x61>", "<0xC3>", "<0xA9>", "<eos>"]
 * offsets; // => [[0, 1], [1, 2], [1, 2], [0, 0]]
 * tokenizer.decode(ids); // => "aé"
 * tokenizer.decode([97, 195]); // => "a\uFFFD"
 */
export class ByteTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly specialTokens: SpecialTokens;

  constructor(options: ByteTokenizerOptions = {}) {
    checkOptions("ByteTokenizer", options, ["specialTokens"]);
    const texts = parseSpecialTokenTexts("ByteTokenizer", options.specialTokens ?? {}, ["pad", "bos", "eos"]);
    for (const [role, text] of Object.entries(texts)) {
      if (!byteToken.test(text)) continue;
      throw new TokenizerError(
        `ByteTokenizer: specialTokens.${role} is the name of a byte (got ${show(text)})`,
      );
    }
    this.specialTokens = new SpecialTokens(texts, 256);
    this.vocabSize = 256 + this.specialTokens.count;
  }

  /**
   * The tokenizer that `toJSON` described.
   *
   * @param json  a parsed value, e.g. from `JSON.parse`
   * @throws TokenizerFormatError `ByteTokenizer.fromJSON: version must be 1 (got 2)`
   */
  static fromJSON(json: unknown): ByteTokenizer {
    const operation = "ByteTokenizer.fromJSON";
    if (typeof json !== "object" || json === null) {
      throw new TokenizerFormatError(`${operation}: must be an object (got ${show(json)})`, "");
    }
    const { type, version, specialTokens } = json as Record<string, unknown>;
    if (type !== "ByteTokenizer") {
      throw new TokenizerFormatError(
        `${operation}: type must be "ByteTokenizer" (got ${show(type)})`,
        "type",
      );
    }
    if (version !== 1) {
      throw new TokenizerFormatError(`${operation}: version must be 1 (got ${show(version)})`, "version");
    }
    const texts = parseSpecialTokenTexts(operation, specialTokens, ["pad", "bos", "eos"]);
    return new ByteTokenizer({ specialTokens: texts });
  }

  toJSON(): ByteTokenizerJson {
    return { type: "ByteTokenizer", version: 1, specialTokens: this.specialTokens.texts };
  }

  /**
   * @param text  any string
   * @returns one token per byte, and `bos` and `eos` where the tokenizer has them
   */
  encode(text: string, options: EncodeOptions = {}): Encoding {
    return finishEncoding("ByteTokenizer.encode", utf8Bytes(text), this.specialTokens, options, (id) =>
      this.idToToken(id),
    );
  }

  encodeBatch(texts: readonly string[], options: BatchOptions = {}): EncodedBatch {
    return encodeBatch(this, texts, options);
  }

  /** @throws UnknownIdError `ByteTokenizer.decode: id 300 is not in the vocabulary of 256 tokens` */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    const stream = this.decodeStream(options);
    return stream.push(ids) + stream.end();
  }

  /**
   * A special token that is skipped leaves no trace, also between the bytes of one character; one that is
   * written ends an incomplete character before it.
   */
  decodeStream(options: DecodeOptions = {}): DecodeStream {
    checkOptions("ByteTokenizer.decode", options, ["skipSpecialTokens"]);
    const skip = options.skipSpecialTokens ?? true;
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true }); // or a leading U+FEFF would be lost
    let bytes: number[] = [];
    const settle = (stream: boolean): string => {
      const text = decoder.decode(Uint8Array.from(bytes), { stream });
      bytes = [];
      return text;
    };
    const push = (ids: Iterable<number>): string => {
      let text = "";
      for (const id of ids) {
        if (Number.isInteger(id) && id >= 0 && id < 256) {
          bytes.push(id);
          continue;
        }
        const special = this.specialTokens.textOf(id);
        if (special === undefined) {
          throw new UnknownIdError(
            `ByteTokenizer.decode: id ${show(id)} is not in the vocabulary of ${this.vocabSize} tokens`,
            id,
          );
        }
        if (!skip) text += settle(false) + special;
      }
      return text + settle(true);
    };
    return {
      push: (ids) => push(typeof ids === "number" ? [ids] : ids),
      end: () => settle(false),
    };
  }

  tokenToId(token: string): number | undefined {
    const special = this.specialTokens.idOf(token);
    if (special !== undefined) return special;
    const hex = byteToken.exec(token)?.[1];
    return hex === undefined ? undefined : Number.parseInt(hex, 16);
  }

  idToToken(id: number): string | undefined {
    if (!Number.isInteger(id) || id < 0 || id >= 256) return this.specialTokens.textOf(id);
    return `<0x${id.toString(16).toUpperCase().padStart(2, "0")}>`;
  }
}
