import { show, TokenizerFormatError } from "../errors.ts";

/** What a piece is for, by SentencePiece's numbers. */
export const pieceTypes = {
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const;

export type PieceType = (typeof pieceTypes)[keyof typeof pieceTypes];

/** One entry of the vocabulary; its id is its place. */
export interface Piece {
  readonly text: string;
  readonly score: number;
  readonly type: PieceType;
}

/** A vocabulary and what is done with it. */
export interface PieceVocabulary {
  readonly pieces: readonly Piece[];
  readonly algorithm: "unigram" | "bpe";
  /** Unknown characters become the pieces of their bytes. */
  readonly byteFallback: boolean;
}

const MAX_PIECES = 2 ** 24;

/**
 * @param operation  what error messages begin with
 * @throws TokenizerFormatError for pieces that are there twice, not exactly one for unknown text, bytes without
 * pieces where they are needed, and unused pieces of a BPE model, which are not supported
 */
export function checkPieces({ pieces, algorithm, byteFallback }: PieceVocabulary, operation: string): void {
  const fail = (path: string, what: string): never => {
    throw new TokenizerFormatError(`${operation}: ${path}: ${what}`, path);
  };
  if (pieces.length > MAX_PIECES) fail("pieces", `more than 2^24 (got ${pieces.length})`);
  const seen = new Set<string>();
  pieces.forEach(({ text }, id) => {
    if (seen.has(text)) fail(`pieces[${id}]`, `${show(text)} is there twice`);
    seen.add(text);
  });
  const unknown = pieces.filter(({ type }) => type === pieceTypes.unknown).length;
  if (unknown !== 1) fail("pieces", `not exactly one is for unknown text (got ${unknown})`);
  if (algorithm === "bpe" && pieces.some(({ type }) => type === pieceTypes.unused)) {
    fail("pieces", "unused pieces of a BPE model are not supported");
  }
  for (let byte = 0; byteFallback && byte < 256; byte++) {
    const name = `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
    if (!seen.has(name)) fail("pieces", `byte fallback without the piece ${show(name)}`);
  }
}

export function isPieceType(type: unknown): type is PieceType {
  return (Object.values(pieceTypes) as unknown[]).includes(type);
}
