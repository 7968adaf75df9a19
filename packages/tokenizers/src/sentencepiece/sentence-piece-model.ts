import { ComponentFields } from "../component-json.ts";
import { show, TokenizerError, TokenizerFormatError } from "../errors.ts";
import { byteTokenIds } from "../models/byte-tokens.ts";
import { UnigramModel } from "../models/unigram/unigram-model.ts";
import type { ComponentJson, Model, SampleKey, SamplingOptions } from "../pipeline/roles.ts";
import type { TokenSink } from "../pipeline/token-sink.ts";
import { PieceBpe } from "./piece-bpe.ts";
import { checkPieces, isPieceType, type Piece, type PieceVocabulary, pieceTypes } from "./pieces.ts";

/**
 * A SentencePiece vocabulary with its algorithm, exactly as SentencePiece runs it: scores in single precision,
 * control, byte and unused pieces never read out of a text, user-defined ones always.
 */
export class SentencePieceModel implements Model {
  readonly options: PieceVocabulary;
  readonly unkId: number;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #unigram: UnigramModel | undefined;
  readonly #bpe: PieceBpe | undefined;

  constructor(options: PieceVocabulary) {
    this.options = options;
    const { pieces, algorithm, byteFallback } = options;
    this.#ids = new Map(pieces.map(({ text }, id) => [text, id]));
    this.unkId = pieces.findIndex(({ type }) => type === pieceTypes.unknown);
    if (algorithm === "unigram") this.#unigram = unigram(pieces, this.unkId, byteFallback);
    else this.#bpe = new PieceBpe(pieces, this.unkId, byteFallback ? byteTokenIds(this.#ids) : undefined);
  }

  static fromJSON(json: unknown, path = "model"): SentencePieceModel {
    const fields = new ComponentFields(json, path, "SentencePiece");
    const pieces = fields
      .list("pieces")
      .map((entry, i) => readEntry(entry, `${fields.pathOf("pieces")}[${i}]`));
    const options = {
      pieces,
      algorithm: fields.oneOf("algorithm", ["unigram", "bpe"]),
      byteFallback: fields.boolean("byte_fallback"),
    };
    fields.end();
    checkPieces(options, path);
    return new SentencePieceModel(options);
  }

  get vocabSize(): number {
    return this.options.pieces.length;
  }

  tokenToId(token: string): number | undefined {
    return this.#ids.get(token);
  }

  idToToken(id: number): string | undefined {
    return this.options.pieces[id]?.text;
  }

  vocabulary(): Iterable<readonly [token: string, id: number]> {
    return this.#ids;
  }

  tokenize(piece: string, sink: TokenSink, base: number): void {
    (this.#unigram ?? this.#bpe!).tokenize(piece, sink, base);
  }

  /**
   * The `count` most probable segmentations of a normalized text, best first; unigram models without byte fallback
   * only. Neighbouring unknown characters are one unknown piece.
   */
  nBest(piece: string, count: number): { readonly ids: number[]; readonly score: number }[] {
    if (this.#unigram === undefined || this.options.byteFallback) {
      const what = this.#unigram === undefined ? "a BPE model" : "a model with byte fallback";
      throw new TokenizerError(`SentencePieceModel.nBest: not for ${what}`);
    }
    return this.#unigram.nBest(piece, count).map(({ ids, score }) => ({
      ids: ids.filter((id, i) => id !== this.unkId || ids[i - 1] !== this.unkId),
      score,
    }));
  }

  /** Subword regularization; unigram models only. */
  sampled(key: SampleKey, options: SamplingOptions = {}): Model {
    if (this.#unigram !== undefined) return this.#unigram.sampled(key, options);
    throw new TokenizerError(
      "SentencePieceModel.sampled: a BPE model of SentencePiece has nothing to draw among",
    );
  }

  toJSON(): ComponentJson {
    const { pieces, algorithm, byteFallback } = this.options;
    return {
      type: "SentencePiece",
      algorithm,
      byte_fallback: byteFallback,
      pieces: pieces.map(({ text, score, type }) => [text, score, type]),
    };
  }
}

/** Whether no piece reaches over the beginning of a word: none has `▁` but as its first character, and `▁` is known. */
export function cutsWords(pieces: readonly Piece[]): boolean {
  let known = false;
  for (const { text, type } of pieces) {
    if (type !== pieceTypes.normal && type !== pieceTypes.userDefined) continue;
    if (text.includes("▁", 1)) return false;
    if (text === "▁") known = true;
  }
  return known;
}

function unigram(pieces: readonly Piece[], unkId: number, byteFallback: boolean): UnigramModel {
  const excluded: number[] = [];
  let least = 0;
  pieces.forEach(({ score, type }, id) => {
    if (type === pieceTypes.normal) least = Math.min(least, score);
    else if (type !== pieceTypes.userDefined) excluded.push(id);
  });
  const scores = readScores(pieces);
  const vocab = pieces.map(({ text, type }, id) => {
    const isRead = type === pieceTypes.normal || type === pieceTypes.userDefined;
    return [text, isRead ? scores[id] : least] as const;
  });
  return new UnigramModel({ vocab, unkId, byteFallback, excluded, singlePrecision: true });
}

/**
 * The scores that a unigram model goes by: those of the file, and for user-defined pieces one that is better than
 * all other ways to cut them.
 */
export function readScores(pieces: readonly Piece[]): number[] {
  let most = 0; // SentencePiece begins at the least positive number, not at the most negative one
  for (const { score, type } of pieces) if (type === pieceTypes.normal) most = Math.max(most, score);
  return pieces.map(({ text, score, type }) => {
    if (type !== pieceTypes.userDefined) return score;
    const bytes = new TextEncoder().encode(text).length;
    return Math.fround(Math.fround(bytes * most) - 0.1);
  });
}

function readEntry(entry: unknown, path: string): Piece {
  const [text, score, type] = Array.isArray(entry) && entry.length === 3 ? entry : [];
  if (typeof text === "string" && text !== "" && Number.isFinite(score) && isPieceType(type)) {
    return { text, score, type };
  }
  throw new TokenizerFormatError(`${path}: not [text, score, type] (got ${show(entry)})`, path);
}
