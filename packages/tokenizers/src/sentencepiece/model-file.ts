import { PbfReader } from "pbf";
import { show, TokenizerFormatError } from "../errors.ts";
import { checkPieces, isPieceType, type Piece, type PieceVocabulary, pieceTypes } from "./pieces.ts";

/** What a SentencePiece `.model` file says about encoding and decoding. */
export interface SentencePieceFile extends PieceVocabulary {
  /** Names of control pieces, which need not be there. */
  readonly bosPiece: string;
  readonly eosPiece: string;
  readonly padPiece: string;
  /** What an unknown piece is decoded to. */
  readonly unkSurface: string;
  /** Normalization table; empty for none. */
  readonly charsmap: Uint8Array;
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
  readonly escapeWhitespaces: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Draft extends Mutable<Omit<SentencePieceFile, "pieces" | "algorithm">> {
  pieces: Piece[];
  modelType: number;
  whitespaceAsSuffix: boolean;
  denormalizes: boolean;
}

const operation = "readSentencePieceFile";

/**
 * Reads a SentencePiece `.model` file (a protocol buffer, `sentencepiece_model.proto`).
 *
 * @param bytes  the file
 * @throws TokenizerFormatError for bytes that are no such file, and for models of another kind than unigram and
 * BPE, or with options that are not supported; by name
 */
export function readSentencePieceFile(bytes: Uint8Array): SentencePieceFile {
  const draft: Draft = {
    pieces: [],
    modelType: 1,
    byteFallback: false,
    bosPiece: "<s>",
    eosPiece: "</s>",
    padPiece: "<pad>",
    unkSurface: " ⁇ ",
    charsmap: new Uint8Array(),
    addDummyPrefix: true,
    removeExtraWhitespaces: true,
    escapeWhitespaces: true,
    whitespaceAsSuffix: false,
    denormalizes: false,
  };
  try {
    const reader = new PbfReader(bytes);
    reader.readFields(readModelField, draft);
    if (reader.pos !== bytes.length) throw new Error("it ends in the middle of a field");
  } catch (error) {
    if (error instanceof TokenizerFormatError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw formatError("", `not a SentencePiece model of ${bytes.length} bytes: ${reason}`);
  }
  return checked(draft);
}

function readModelField(tag: number, draft: Draft, reader: PbfReader): void {
  if (tag === 1) draft.pieces.push(readPiece(message(reader), draft.pieces.length));
  else if (tag === 2) message(reader).readFields(readTrainerField, draft);
  else if (tag === 3) message(reader).readFields(readNormalizerField, draft);
  else if (tag === 5) message(reader).readFields(readDenormalizerField, draft);
}

function readPiece(reader: PbfReader, index: number): Piece {
  const path = `pieces[${index}]`;
  const piece = { text: "", score: 0, type: pieceTypes.normal as number };
  reader.readFields((tag, into, fields) => {
    if (tag === 1) into.text = text(fields);
    else if (tag === 2) into.score = wire(fields, 5).readFloat();
    else if (tag === 3) into.type = wire(fields, 0).readVarint();
  }, piece);
  const { text: name, score, type } = piece;
  if (name === "") throw formatError(path, "the piece is empty");
  if (!Number.isFinite(score)) throw formatError(path, `the score of ${show(name)} is ${score}`);
  if (!isPieceType(type)) throw formatError(path, `the type of ${show(name)} is not known (got ${type})`);
  return { text: name, score, type };
}

function readTrainerField(tag: number, draft: Draft, reader: PbfReader): void {
  if (tag === 3) draft.modelType = wire(reader, 0).readVarint();
  else if (tag === 24) draft.whitespaceAsSuffix = wire(reader, 0).readBoolean();
  else if (tag === 35) draft.byteFallback = wire(reader, 0).readBoolean();
  else if (tag === 44) draft.unkSurface = text(reader);
  else if (tag === 46) draft.bosPiece = text(reader);
  else if (tag === 47) draft.eosPiece = text(reader);
  else if (tag === 48) draft.padPiece = text(reader);
}

function readNormalizerField(tag: number, draft: Draft, reader: PbfReader): void {
  if (tag === 2) draft.charsmap = bytesOf(reader).slice();
  else if (tag === 3) draft.addDummyPrefix = wire(reader, 0).readBoolean();
  else if (tag === 4) draft.removeExtraWhitespaces = wire(reader, 0).readBoolean();
  else if (tag === 5) draft.escapeWhitespaces = wire(reader, 0).readBoolean();
}

function readDenormalizerField(tag: number, draft: Draft, reader: PbfReader): void {
  if (tag === 2 && bytesOf(reader).length > 0) draft.denormalizes = true;
}

function checked(draft: Draft): SentencePieceFile {
  const { pieces, modelType, whitespaceAsSuffix, denormalizes, ...rest } = draft;
  const algorithm = ({ 1: "unigram", 2: "bpe" } as const)[modelType];
  if (algorithm === undefined) {
    const name = { 3: "WORD", 4: "CHAR" }[modelType] ?? modelType;
    throw formatError("trainer_spec.model_type", `neither UNIGRAM nor BPE (got ${name})`);
  }
  if (whitespaceAsSuffix) {
    throw formatError("trainer_spec.treat_whitespace_as_suffix", "white space as a suffix is not supported");
  }
  if (denormalizes) throw formatError("denormalizer_spec", "denormalization is not supported");
  const file = { ...rest, algorithm, pieces };
  checkPieces(file, operation);
  return file;
}

/** A reader for the message that comes next, which must lie within the file. */
function message(reader: PbfReader): PbfReader {
  return new PbfReader(bytesOf(reader));
}

function bytesOf(reader: PbfReader): Uint8Array {
  const length = wire(reader, 2).readVarint();
  const end = reader.pos + length;
  if (!(end <= reader.length)) throw new Error("a field is longer than what is left");
  const bytes = reader.buf.subarray(reader.pos, end);
  reader.pos = end;
  return bytes;
}

function text(reader: PbfReader): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytesOf(reader));
}

/** The reader, if the field is written as it must be: 0 varint, 2 with its length, 5 four bytes. */
function wire(reader: PbfReader, type: number): PbfReader {
  if (reader.type !== type) throw new Error(`a field has wire type ${reader.type} instead of ${type}`);
  return reader;
}

function formatError(path: string, what: string): TokenizerFormatError {
  return new TokenizerFormatError(`${operation}: ${path === "" ? "" : `${path}: `}${what}`, path);
}
