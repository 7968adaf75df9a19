import { ComponentFields } from "../../component-json.ts";
import { checkOptions, show, TokenizerFormatError, UnknownTextError } from "../../errors.ts";
import type { ComponentJson, Model } from "../../pipeline/roles.ts";
import type { TokenSink } from "../../pipeline/token-sink.ts";
import { Vocabulary, type VocabularyInput } from "../vocabulary.ts";
import { WordCache } from "../word-cache.ts";

export interface WordPieceOptions {
  /** Tokens and their ids. */
  readonly vocab: VocabularyInput;
  /** The token for words that cannot be put together; it need not exist until one comes. Default `"[UNK]"`. */
  readonly unkToken?: string;
  /** What tokens inside of a word begin with. Default `"##"`. */
  readonly continuingSubwordPrefix?: string;
  /** Longer words, in characters, are unknown. Default 100. */
  readonly maxInputCharsPerWord?: number;
}

/**
 * WordPiece: the longest token that a word begins with, then the longest that the rest begins with, and so on.
 * A word that does not come out even is unknown as a whole.
 *
 * @see Wu et al. 2016, Google's neural machine translation system, arXiv:1609.08144, section 4.1
 * @example
 * const model = new WordPieceModel({ vocab: { "[UNK]": 0, un: 1, "##aff": 2, "##able": 3 } });
 * const sink = new TokenSink();
 * model.tokenize("unaffable", sink, 0);
 * [...sink.ids.subarray(0, sink.length)]; // => [1, 2, 3]
 */
export class WordPieceModel implements Model {
  readonly vocab: Vocabulary;
  readonly unkToken: string;
  readonly continuingSubwordPrefix: string;
  readonly maxInputCharsPerWord: number;
  /** Length of the longest token, in UTF-16 units: no longer part of a word is looked up. */
  readonly #longest: number;
  readonly #cache = new WordCache();

  /**
   * @param path  what error messages call the model
   * @throws TokenizerFormatError for ids that are no ids, or that two tokens share
   */
  constructor(options: WordPieceOptions, path = "WordPieceModel") {
    checkOptions(path, options, ["vocab", "unkToken", "continuingSubwordPrefix", "maxInputCharsPerWord"]);
    this.vocab = new Vocabulary(options.vocab, `${path}.vocab`);
    this.unkToken = options.unkToken ?? "[UNK]";
    this.continuingSubwordPrefix = options.continuingSubwordPrefix ?? "##";
    this.maxInputCharsPerWord = options.maxInputCharsPerWord ?? 100;
    if (!(Number.isInteger(this.maxInputCharsPerWord) && this.maxInputCharsPerWord >= 0)) {
      throw new TokenizerFormatError(
        `${path}: maxInputCharsPerWord is not a whole number, 0 or more (got ${show(options.maxInputCharsPerWord)})`,
        `${path}.max_input_chars_per_word`,
      );
    }
    let longest = 0;
    for (const token of this.vocab.ids.keys()) longest = Math.max(longest, token.length);
    this.#longest = longest;
  }

  /** Reads the `model` of a `tokenizer.json`. */
  static fromJSON(json: unknown, path = "model"): WordPieceModel {
    const fields = new ComponentFields(json, path, "WordPiece");
    const options = {
      vocab: fields.record("vocab") as Readonly<Record<string, number>>, // values are checked one by one
      unkToken: fields.string("unk_token", "[UNK]"),
      continuingSubwordPrefix: fields.string("continuing_subword_prefix", "##"),
      maxInputCharsPerWord: fields.integer("max_input_chars_per_word", 100),
    };
    fields.end();
    return new WordPieceModel(options, path);
  }

  get vocabSize(): number {
    return this.vocab.size;
  }

  tokenToId(token: string): number | undefined {
    return this.vocab.ids.get(token);
  }

  idToToken(id: number): string | undefined {
    return this.vocab.tokens[id];
  }

  vocabulary(): Iterable<readonly [token: string, id: number]> {
    return this.vocab.ids;
  }

  tokenize(piece: string, sink: TokenSink, base: number): void {
    if (piece === "" || this.#cache.recall(piece, sink, base)) return;
    const from = sink.length;
    if (this.#tooLong(piece) || !this.#match(piece.toWellFormed(), sink, base)) {
      sink.length = from;
      sink.push(this.#unkId(piece, base), base, base + piece.length);
    }
    this.#cache.remember(piece, sink, from, base);
  }

  toJSON(): ComponentJson {
    return {
      type: "WordPiece",
      unk_token: this.unkToken,
      continuing_subword_prefix: this.continuingSubwordPrefix,
      max_input_chars_per_word: this.maxInputCharsPerWord,
      vocab: this.vocab.toJSON(),
    };
  }

  /** Whether the word came out even. */
  #match(word: string, sink: TokenSink, base: number): boolean {
    for (let start = 0; start < word.length; ) {
      const prefix = start === 0 ? "" : this.continuingSubwordPrefix;
      let end = Math.min(word.length, start + this.#longest - prefix.length);
      let id: number | undefined;
      for (; end > start; end--) {
        id = this.vocab.ids.get(prefix + word.slice(start, end));
        if (id !== undefined) break;
      }
      if (id === undefined) return false;
      sink.push(id, base + start, base + end);
      start = end;
    }
    return true;
  }

  #tooLong(piece: string): boolean {
    if (piece.length <= this.maxInputCharsPerWord) return false;
    let count = 0;
    for (const _ of piece) if (++count > this.maxInputCharsPerWord) return true;
    return false;
  }

  #unkId(piece: string, base: number): number {
    const id = this.vocab.ids.get(this.unkToken);
    if (id !== undefined) return id;
    throw new UnknownTextError(
      `WordPieceModel.tokenize: ${show(piece)} cannot be put together, and the unknown token ${show(this.unkToken)} is not in the vocabulary`,
      base,
    );
  }
}
