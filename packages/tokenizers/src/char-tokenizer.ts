import { type BatchOptions, type EncodedBatch, encodeBatch } from "./batch.ts";
import { finishEncoding } from "./encoding.ts";
import {
  checkOptions,
  show,
  showCodePoint,
  TokenizerError,
  TokenizerFormatError,
  UnknownIdError,
  UnknownTextError,
} from "./errors.ts";
import { parseSpecialTokenTexts, SpecialTokens, type SpecialTokenTexts } from "./special-tokens.ts";
import type { DecodeOptions, DecodeStream, EncodeOptions, Encoding, Tokenizer } from "./tokenizer.ts";

export interface CharTokenizerOptions {
  /** Special tokens and their texts. Default: none. */
  readonly specialTokens?: SpecialTokenTexts;
}

/** What `CharTokenizer.toJSON` gives and `CharTokenizer.fromJSON` reads. */
export interface CharTokenizerJson {
  readonly type: "CharTokenizer";
  readonly version: 1;
  readonly specialTokens: SpecialTokenTexts;
  /** One code point each, ascending. */
  readonly characters: readonly string[];
}

/**
 * One token per Unicode code point.
 *
 * Ids: the special tokens first (pad, bos, eos, unk; those that there are), then the characters in ascending
 * order of their code points. `decode(encode(s).ids) === s` for every string of known characters. A lone
 * surrogate is a character of its own and survives the round trip (also through JSON).
 *
 * @example
 * const tokenizer = CharTokenizer.train("hello 🌍", { specialTokens: { pad: "<pad>", unk: "<unk>" } });
 * const { ids, offsets, tokens } = tokenizer.encode("h🌍!");
 * [...ids]; // => [4, 7, 1]
 * tokens; // => ["h", "🌍", "<unk>"]
 * offsets; // => [[0, 1], [1, 3], [3, 4]]
 * tokenizer.decode(ids); // => "h🌍"
 * tokenizer.decode(ids, { skipSpecialTokens: false }); // => "h🌍<unk>"
 */
export class CharTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly specialTokens: SpecialTokens;
  readonly #characters: readonly string[];
  readonly #idOfCodePoint: ReadonlyMap<number, number>;

  /** `codePoints` ascending and unique: `train` and `fromJSON` see to that. */
  private constructor(codePoints: readonly number[], specialTokens: SpecialTokenTexts) {
    this.specialTokens = new SpecialTokens(specialTokens, 0);
    const firstId = this.specialTokens.count;
    this.#characters = codePoints.map((codePoint) => String.fromCodePoint(codePoint));
    this.#idOfCodePoint = new Map(codePoints.map((codePoint, i) => [codePoint, firstId + i]));
    this.vocabSize = firstId + codePoints.length;
    for (const character of this.#characters) {
      if (this.specialTokens.idOf(character) === undefined) continue;
      throw new TokenizerError(
        `CharTokenizer: the special token ${show(character)} is also a character of the vocabulary`,
      );
    }
  }

  /**
   * A tokenizer for the characters that occur in a text, or in several.
   *
   * @param texts  one text or many
   * @throws TokenizerError where a special token is itself one of the characters
   * @example CharTokenizer.train(["abc", "cd"]).vocabSize; // => 4
   */
  static train(texts: string | Iterable<string>, options: CharTokenizerOptions = {}): CharTokenizer {
    checkOptions("CharTokenizer.train", options, ["specialTokens"]);
    const special = parseSpecialTokenTexts("CharTokenizer.train", options.specialTokens ?? {});
    const seen = new Set<number>();
    for (const text of typeof texts === "string" ? [texts] : texts) {
      for (const character of text) seen.add(character.codePointAt(0)!);
    }
    return new CharTokenizer(
      Array.from(seen).sort((a, b) => a - b),
      special,
    );
  }

  /**
   * The tokenizer that `toJSON` described.
   *
   * @param json  a parsed value, e.g. from `JSON.parse`
   * @throws TokenizerFormatError `CharTokenizer.fromJSON: characters[1] must be one code point (got "ab")`
   * @example
   * const saved = JSON.stringify(CharTokenizer.train("abc"));
   * CharTokenizer.fromJSON(JSON.parse(saved)).decode([2, 0]); // => "ca"
   */
  static fromJSON(json: unknown): CharTokenizer {
    const operation = "CharTokenizer.fromJSON";
    if (typeof json !== "object" || json === null) {
      throw new TokenizerFormatError(`${operation}: must be an object (got ${show(json)})`, "");
    }
    const { type, version, specialTokens, characters } = json as Record<string, unknown>;
    if (type !== "CharTokenizer") {
      throw new TokenizerFormatError(
        `${operation}: type must be "CharTokenizer" (got ${show(type)})`,
        "type",
      );
    }
    if (version !== 1) {
      throw new TokenizerFormatError(`${operation}: version must be 1 (got ${show(version)})`, "version");
    }
    if (!Array.isArray(characters)) {
      throw new TokenizerFormatError(
        `${operation}: characters must be an array (got ${show(characters)})`,
        "characters",
      );
    }
    let previous = -1;
    const codePoints = characters.map((character: unknown, i) => {
      const path = `characters[${i}]`;
      if (typeof character !== "string" || Array.from(character).length !== 1) {
        throw new TokenizerFormatError(
          `${operation}: ${path} must be one code point (got ${show(character)})`,
          path,
        );
      }
      const codePoint = character.codePointAt(0)!;
      if (codePoint <= previous) {
        throw new TokenizerFormatError(
          `${operation}: characters must ascend (got ${showCodePoint(codePoint)} after ` +
            `${showCodePoint(previous)} at ${path})`,
          path,
        );
      }
      previous = codePoint;
      return codePoint;
    });
    return new CharTokenizer(codePoints, parseSpecialTokenTexts(operation, specialTokens));
  }

  toJSON(): CharTokenizerJson {
    return {
      type: "CharTokenizer",
      version: 1,
      specialTokens: this.specialTokens.texts,
      characters: this.#characters,
    };
  }

  /**
   * @param text  `T` code points
   * @returns `T` tokens, and `bos` and `eos` where the tokenizer has them
   * @throws UnknownTextError where a character is not in the vocabulary and there is no `unk` token
   */
  encode(text: string, options: EncodeOptions = {}): Encoding {
    const ids = new Int32Array(text.length); // at most one token per UTF-16 unit
    const spans = new Int32Array(2 * text.length);
    let count = 0;
    for (let start = 0; start < text.length; count++) {
      const codePoint = text.codePointAt(start)!;
      const end = start + (codePoint > 0xffff ? 2 : 1);
      const id = this.#idOfCodePoint.get(codePoint) ?? this.specialTokens.unkId;
      if (id === undefined) {
        throw new UnknownTextError(
          `CharTokenizer.encode: ${show(text.slice(start, end))} (${showCodePoint(codePoint)}) at offset ` +
            `${start} is not in the vocabulary of ${this.vocabSize} tokens, and there is no unk token`,
          start,
        );
      }
      ids[count] = id;
      spans[2 * count] = start;
      spans[2 * count + 1] = end;
      start = end;
    }
    const content = { ids: ids.subarray(0, count), spans: spans.subarray(0, 2 * count) };
    return finishEncoding("CharTokenizer.encode", content, this.specialTokens, options, (id) =>
      this.idToToken(id),
    );
  }

  encodeBatch(texts: readonly string[], options: BatchOptions = {}): EncodedBatch {
    return encodeBatch(this, texts, options);
  }

  /** @throws UnknownIdError `CharTokenizer.decode: id 9 is not in the vocabulary of 4 tokens` */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    return this.decodeStream(options).push(ids);
  }

  decodeStream(options: DecodeOptions = {}): DecodeStream {
    checkOptions("CharTokenizer.decode", options, ["skipSpecialTokens"]);
    const skip = options.skipSpecialTokens ?? true;
    const textOf = (id: number): string => {
      const token = this.idToToken(id);
      if (token === undefined) {
        throw new UnknownIdError(
          `CharTokenizer.decode: id ${show(id)} is not in the vocabulary of ${this.vocabSize} tokens`,
          id,
        );
      }
      return skip && id < this.specialTokens.count ? "" : token;
    };
    return {
      push(ids) {
        if (typeof ids === "number") return textOf(ids);
        let text = "";
        for (const id of ids) text += textOf(id);
        return text;
      },
      end: () => "",
    };
  }

  tokenToId(token: string): number | undefined {
    const special = this.specialTokens.idOf(token);
    if (special !== undefined) return special;
    const codePoint = token.codePointAt(0);
    if (codePoint === undefined || token.length !== (codePoint > 0xffff ? 2 : 1)) return undefined;
    return this.#idOfCodePoint.get(codePoint);
  }

  idToToken(id: number): string | undefined {
    return this.specialTokens.textOf(id) ?? this.#characters[id - this.specialTokens.count];
  }
}
