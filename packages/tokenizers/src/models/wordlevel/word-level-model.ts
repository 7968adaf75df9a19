import { ComponentFields } from "../../component-json.ts";
import { checkOptions, show, UnknownTextError } from "../../errors.ts";
import type { ComponentJson, Model } from "../../pipeline/roles.ts";
import type { TokenSink } from "../../pipeline/token-sink.ts";
import { Vocabulary, type VocabularyInput } from "../vocabulary.ts";

export interface WordLevelOptions {
  /** Words and their ids. */
  readonly vocab: VocabularyInput;
  /** The token for other words; it need not exist until one comes. Default `"<unk>"`. */
  readonly unkToken?: string;
}

/**
 * Whole words: a piece is one token, or the unknown one.
 *
 * @example
 * const model = new WordLevelModel({ vocab: { "<unk>": 0, hello: 1 } });
 * const sink = new TokenSink();
 * for (const word of ["hello", "world"]) model.tokenize(word, sink, 0);
 * [...sink.ids.subarray(0, sink.length)]; // => [1, 0]
 */
export class WordLevelModel implements Model {
  readonly vocab: Vocabulary;
  readonly unkToken: string;

  /**
   * @param path  what error messages call the model
   * @throws TokenizerFormatError for ids that are no ids, or that two words share
   */
  constructor(options: WordLevelOptions, path = "WordLevelModel") {
    checkOptions(path, options, ["vocab", "unkToken"]);
    this.vocab = new Vocabulary(options.vocab, `${path}.vocab`);
    this.unkToken = options.unkToken ?? "<unk>";
  }

  /** Reads the `model` of a `tokenizer.json`. */
  static fromJSON(json: unknown, path = "model"): WordLevelModel {
    const fields = new ComponentFields(json, path, "WordLevel");
    const vocab = fields.record("vocab") as Readonly<Record<string, number>>; // values are checked one by one
    const unkToken = fields.string("unk_token", "<unk>");
    fields.end();
    return new WordLevelModel({ vocab, unkToken }, path);
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
    if (piece === "") return;
    const { ids } = this.vocab;
    const id = ids.get(piece) ?? ids.get(piece.toWellFormed()) ?? ids.get(this.unkToken);
    if (id === undefined) {
      throw new UnknownTextError(
        `WordLevelModel.tokenize: ${show(piece)} is not in the vocabulary, nor is the unknown token ${show(this.unkToken)}`,
        base,
      );
    }
    sink.push(id, base, base + piece.length);
  }

  toJSON(): ComponentJson {
    return { type: "WordLevel", vocab: this.vocab.toJSON(), unk_token: this.unkToken };
  }
}
