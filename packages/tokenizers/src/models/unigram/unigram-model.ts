import { ComponentFields } from "../../component-json.ts";
import {
  checkOptions,
  show,
  showCodePoint,
  TokenizerError,
  TokenizerFormatError,
  UnknownTextError,
} from "../../errors.ts";
import type { ComponentJson, Model, SampleKey, SamplingOptions } from "../../pipeline/roles.ts";
import type { TokenSink } from "../../pipeline/token-sink.ts";
import { byteTokenIds, byteTokensOf } from "../byte-tokens.ts";
import { WordCache } from "../word-cache.ts";
import { bestSegmentation, type Segmentation, type UnigramScores } from "./unigram-lattice.ts";
import { UnigramSampler } from "./unigram-sampler.ts";
import { nBestSegmentations } from "./unigram-sampling.ts";
import { UnigramTrie } from "./unigram-trie.ts";

export interface UnigramOptions {
  /** Tokens with their log probabilities; the id is the place in the list. */
  readonly vocab: readonly (readonly [token: string, score: number])[];
  /** The id for unknown characters. */
  readonly unkId?: number | undefined;
  /** Unknown text becomes the tokens `<0x00>` to `<0xFF>` of its UTF-8 bytes, if those exist. Default `false`. */
  readonly byteFallback?: boolean;
  /** Ids that never match a text (SentencePiece's control and unused pieces). Default: none. */
  readonly excluded?: Iterable<number>;
  /** Keep sums in single precision, as SentencePiece does; Hugging Face has double. Default `false`. */
  readonly singlePrecision?: boolean;
}

/** What an unknown character costs more than the least probable token. */
const UNK_PENALTY = 10;

/**
 * Unigram language model: the segmentation whose tokens' probabilities have the greatest product.
 *
 * @see Kudo 2018, Subword regularization, arXiv:1804.10959, section 3.2
 * @example
 * const vocab = [["<unk>", 0], ["a", -2], ["b", -2], ["ab", -3]] as const;
 * const model = new UnigramModel({ vocab, unkId: 0 });
 * const sink = new TokenSink();
 * model.tokenize("abb", sink, 0);
 * [...sink.ids.subarray(0, sink.length)]; // => [3, 2]
 */
export class UnigramModel implements Model {
  readonly options: UnigramOptions;
  readonly #ids = new Map<string, number>();
  readonly #scores: UnigramScores;
  readonly #excluded: ReadonlySet<number>;
  readonly #byteIds: Int32Array | undefined;
  readonly #cache = new WordCache();

  /**
   * @param path  what error messages call the model
   * @throws TokenizerFormatError for entries that are no token with a score, and for an `unkId` that is no id
   */
  constructor(options: UnigramOptions, path = "UnigramModel") {
    checkOptions(path, options, ["vocab", "unkId", "byteFallback", "excluded", "singlePrecision"]);
    this.options = options;
    const { vocab, unkId } = options;
    const scores = new Float64Array(vocab.length);
    vocab.forEach((entry, id) => {
      checkEntry(entry, `${path}.vocab[${id}]`);
      this.#ids.set(entry[0], id); // of two equal tokens, the later counts
      scores[id] = entry[1];
    });
    if (unkId !== undefined && !(Number.isInteger(unkId) && unkId >= 0 && unkId < vocab.length)) {
      throw new TokenizerFormatError(
        `${path}: unk_id is not an id of the ${vocab.length} tokens (got ${show(unkId)})`,
        `${path}.unk_id`,
      );
    }
    const excluded = new Set(options.excluded);
    this.#excluded = excluded;
    let lowest = Infinity;
    for (const score of scores) lowest = Math.min(lowest, score);
    const round = options.singlePrecision ? Math.fround : identity;
    this.#scores = {
      trie: new UnigramTrie([...this.#ids].filter(([, id]) => !excluded.has(id))),
      scores,
      unkScore: round(lowest - UNK_PENALTY),
      round,
    };
    this.#byteIds = options.byteFallback ? byteTokenIds(this.#ids) : undefined;
  }

  /** Reads the `model` of a `tokenizer.json`. */
  static fromJSON(json: unknown, path = "model"): UnigramModel {
    const fields = new ComponentFields(json, path, "Unigram");
    const options = {
      vocab: fields.list("vocab") as UnigramOptions["vocab"], // entries are checked one by one
      unkId: fields.optional("unk_id", "integer"),
      byteFallback: fields.boolean("byte_fallback", false),
    };
    fields.end();
    return new UnigramModel(options, path);
  }

  get vocabSize(): number {
    return this.options.vocab.length;
  }

  /** The token for unknown text; `undefined` for none. */
  get unkToken(): string | undefined {
    return this.options.unkId === undefined ? undefined : this.idToToken(this.options.unkId);
  }

  tokenToId(token: string): number | undefined {
    return this.#ids.get(token);
  }

  idToToken(id: number): string | undefined {
    return this.options.vocab[id]?.[0];
  }

  vocabulary(): Iterable<readonly [token: string, id: number]> {
    return this.#ids;
  }

  tokenize(piece: string, sink: TokenSink, base: number): void {
    if (piece === "" || this.#cache.recall(piece, sink, base)) return;
    const from = sink.length;
    const named = sink.texts?.size;
    const text = piece.toWellFormed();
    this.append(text, bestSegmentation(text, this.#scores), sink, base);
    if (sink.texts?.size === named) this.#cache.remember(piece, sink, from, base);
  }

  /**
   * The `count` most probable segmentations of a piece, best first: tokens as `tokenize` gives them, and the sum
   * of their log probabilities.
   */
  nBest(piece: string, count: number): { readonly ids: number[]; readonly score: number }[] {
    const text = piece.toWellFormed();
    return nBestSegmentations(text, this.#scores, count).map(({ ids, score }) => ({
      ids: ids.map((id) => (id === -1 ? this.#unkId(text, 0) : id)),
      score,
    }));
  }

  /**
   * Subword regularization: segmentations are drawn with probability proportional to `exp(alpha * score)`.
   *
   * @see Kudo 2018, Subword regularization, arXiv:1804.10959, section 3.3
   */
  sampled(key: SampleKey, options: SamplingOptions = {}): Model {
    checkOptions("UnigramModel.sampled", options, ["alpha", "nbest"]);
    return new UnigramSampler(this, this.#scores, options, key);
  }

  /** Appends the tokens of a segmentation: neighbouring unknown characters as one, or as bytes. */
  append(text: string, { ends, ids }: Segmentation, sink: TokenSink, base: number): void {
    const { unkId } = this.options;
    let start = 0;
    for (let i = 0; i < ids.length; i++) {
      if (ids[i] !== -1 && ids[i] !== unkId) {
        sink.push(ids[i], base + start, base + ends[i]);
      } else {
        while (i + 1 < ids.length && (ids[i + 1] === -1 || ids[i + 1] === unkId)) i++;
        this.#appendUnknown(text.slice(start, ends[i]), start, sink, base);
      }
      start = ends[i];
    }
  }

  /** @throws TokenizerError for a model with `excluded` or `singlePrecision`, which `tokenizer.json` cannot say */
  toJSON(): ComponentJson {
    const { vocab, unkId, byteFallback, excluded, singlePrecision } = this.options;
    const unsaid = excluded !== undefined ? "excluded" : singlePrecision ? "singlePrecision" : undefined;
    if (unsaid !== undefined) {
      throw new TokenizerError(`UnigramModel.toJSON: tokenizer.json has no field for the option ${unsaid}`);
    }
    return { type: "Unigram", unk_id: unkId ?? null, vocab, byte_fallback: byteFallback ?? false };
  }

  #appendUnknown(unknown: string, offset: number, sink: TokenSink, base: number): void {
    const start = base + offset;
    const end = start + unknown.length;
    const found = this.#ids.get(unknown);
    const id = found === undefined || this.#excluded.has(found) ? undefined : found;
    const bytes = id === undefined && this.#byteIds ? byteTokensOf(unknown, this.#byteIds) : undefined;
    if (id !== undefined) sink.push(id, start, end);
    else if (bytes !== undefined) for (const byte of bytes) sink.push(byte, start, end);
    else sink.pushNamed(this.#unkId(unknown, offset), start, end, unknown);
  }

  #unkId(text: string, offset: number): number {
    const { unkId } = this.options;
    if (unkId !== undefined) return unkId;
    throw new UnknownTextError(
      `UnigramModel.tokenize: there is no token for ${showCodePoint(text.codePointAt(0)!)} at offset ${offset} of the piece, and there is no unknown token`,
      offset,
    );
  }
}

function identity(score: number): number {
  return score;
}

function checkEntry(entry: unknown, path: string): void {
  if (Array.isArray(entry) && entry.length === 2 && typeof entry[0] === "string") {
    if (typeof entry[1] === "number" && Number.isFinite(entry[1])) return;
  }
  throw new TokenizerFormatError(`${path}: not a token with its score (got ${show(entry)})`, path);
}
