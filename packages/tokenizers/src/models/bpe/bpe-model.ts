import { ComponentFields } from "../../component-json.ts";
import { checkOptions, show, TokenizerError, TokenizerFormatError } from "../../errors.ts";
import type { ComponentJson, Model, SampleKey, SamplingOptions } from "../../pipeline/roles.ts";
import type { TokenSink } from "../../pipeline/token-sink.ts";
import { byteTokenIds } from "../byte-tokens.ts";
import { Vocabulary, type VocabularyInput } from "../vocabulary.ts";
import { WordCache } from "../word-cache.ts";
import { BpeDropout } from "./bpe-dropout.ts";
import { BpeMerges, type MergesInput } from "./bpe-merges.ts";
import { BpeSymbols } from "./bpe-symbols.ts";
import { mergeAll } from "./merge.ts";
import { MergeBuffer } from "./merge-buffer.ts";

export interface BpeOptions {
  /** Tokens and their ids. */
  readonly vocab: VocabularyInput;
  /** Pairs of tokens, the first merged first. */
  readonly merges: MergesInput;
  /** Probability that a merge is left out, in [0, 1]; only `sampled` uses it. Default: none. */
  readonly dropout?: number | undefined;
  /** The token for characters that have none. Without it they are left out. */
  readonly unkToken?: string | undefined;
  /** What tokens inside of a word begin with. */
  readonly continuingSubwordPrefix?: string | undefined;
  /** What the last token of a word ends with. */
  readonly endOfWordSuffix?: string | undefined;
  /** Neighbouring unknown characters become one unknown token. Default `false`. */
  readonly fuseUnk?: boolean;
  /** Unknown characters become the tokens `<0x00>` to `<0xFF>` of their UTF-8 bytes, if those exist. Default `false`. */
  readonly byteFallback?: boolean;
  /** A word that is a token as a whole is not merged. Default `false`. */
  readonly ignoreMerges?: boolean;
}

/**
 * Byte-pair encoding: a word starts as its characters; the neighbours whose merge was learned first become one
 * token, again and again.
 *
 * @see Sennrich, Haddow, Birch 2016, Neural machine translation of rare words with subword units, arXiv:1508.07909
 * @example
 * const vocab = { l: 0, o: 1, w: 2, e: 3, r: 4, lo: 5, low: 6, er: 7 };
 * const model = new BpeModel({ vocab, merges: [["l", "o"], ["lo", "w"], ["e", "r"]] });
 * const sink = new TokenSink();
 * model.tokenize("lower", sink, 0);
 * [...sink.ids.subarray(0, sink.length)]; // => [6, 7]
 */
export class BpeModel implements Model {
  readonly vocab: Vocabulary;
  readonly merges: BpeMerges;
  readonly options: Omit<BpeOptions, "vocab" | "merges">;
  readonly #symbols: BpeSymbols;
  readonly #buffer = new MergeBuffer();
  readonly #cache = new WordCache();

  /**
   * @param path  what error messages call the model
   * @throws TokenizerFormatError for merges that refer to nothing, ids that two tokens share, a dropout outside [0, 1]
   */
  constructor(options: BpeOptions, path = "BpeModel") {
    checkOptions(path, options, OPTION_NAMES);
    const { vocab, merges, ...rest } = options;
    this.options = rest;
    checkDropout(rest.dropout, path);
    this.vocab = new Vocabulary(vocab, `${path}.vocab`);
    const prefix = rest.continuingSubwordPrefix ?? "";
    this.merges = new BpeMerges(merges, this.vocab, prefix.length, `${path}.merges`);
    this.#symbols = new BpeSymbols({
      vocab: this.vocab,
      prefix,
      suffix: rest.endOfWordSuffix ?? "",
      unkToken: rest.unkToken,
      fuseUnk: rest.fuseUnk ?? false,
      byteIds: rest.byteFallback ? byteTokenIds(this.vocab.ids) : undefined,
    });
  }

  /** Reads the `model` of a `tokenizer.json`. */
  static fromJSON(json: unknown, path = "model"): BpeModel {
    const fields = new ComponentFields(json, path, "BPE");
    const options = {
      vocab: fields.record("vocab") as Readonly<Record<string, number>>, // values are checked one by one
      merges: fields.list("merges") as MergesInput, // likewise
      dropout: fields.optional("dropout", "number"),
      unkToken: fields.optional("unk_token", "string"),
      continuingSubwordPrefix: fields.optional("continuing_subword_prefix", "string"),
      endOfWordSuffix: fields.optional("end_of_word_suffix", "string"),
      fuseUnk: fields.boolean("fuse_unk", false),
      byteFallback: fields.boolean("byte_fallback", false),
      ignoreMerges: fields.boolean("ignore_merges", false),
    };
    fields.end();
    return new BpeModel(options, path);
  }

  get vocabSize(): number {
    return this.vocab.size;
  }

  /** The token for unknown characters; `undefined` for none. */
  get unkToken(): string | undefined {
    return this.options.unkToken;
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
    const whole = this.options.ignoreMerges ? this.vocab.ids.get(piece) : undefined;
    if (whole !== undefined) {
      sink.push(whole, base, base + piece.length);
    } else {
      const buffer = this.#buffer;
      this.#symbols.read(piece, buffer);
      mergeAll(buffer, this.merges);
      buffer.appendTo(sink, base);
    }
    this.#cache.remember(piece, sink, from, base);
  }

  /**
   * BPE-dropout: each merge is left out with probability `dropout` whenever it comes up.
   *
   * @see Provilkov, Emelianenko, Voita 2020, BPE-dropout, arXiv:1910.13267
   */
  sampled(key: SampleKey, options: SamplingOptions = {}): Model {
    checkOptions("BpeModel.sampled", options, ["dropout"]);
    const dropout = options.dropout ?? this.options.dropout;
    if (dropout === undefined) {
      throw new TokenizerError("BpeModel.sampled: neither the options nor the model have a dropout");
    }
    checkDropout(dropout, "BpeModel.sampled");
    return new BpeDropout(this, this.#symbols, dropout, key);
  }

  toJSON(): ComponentJson {
    const { options } = this;
    return {
      type: "BPE",
      dropout: options.dropout ?? null,
      unk_token: options.unkToken ?? null,
      continuing_subword_prefix: options.continuingSubwordPrefix ?? null,
      end_of_word_suffix: options.endOfWordSuffix ?? null,
      fuse_unk: options.fuseUnk ?? false,
      byte_fallback: options.byteFallback ?? false,
      ignore_merges: options.ignoreMerges ?? false,
      vocab: this.vocab.toJSON(),
      merges: this.merges.toJSON(this.vocab),
    };
  }
}

const OPTION_NAMES: readonly (keyof BpeOptions)[] = [
  "vocab",
  "merges",
  "dropout",
  "unkToken",
  "continuingSubwordPrefix",
  "endOfWordSuffix",
  "fuseUnk",
  "byteFallback",
  "ignoreMerges",
];

function checkDropout(dropout: number | undefined, path: string): void {
  if (dropout === undefined || (dropout >= 0 && dropout <= 1)) return;
  throw new TokenizerFormatError(
    `${path}: dropout is not in [0, 1] (got ${show(dropout)})`,
    `${path}.dropout`,
  );
}
