import { AlignedText } from "../pipeline/aligned-text.ts";

/** Each character of a text with the range of the original that it stands for: `["é", 0, 1]`. */
export function characters(text: AlignedText): [character: string, start: number, end: number][] {
  const all: [string, number, number][] = [];
  for (let at = 0; at < text.length; ) {
    const character = String.fromCodePoint(text.text.codePointAt(at)!);
    const end = at + character.length;
    all.push([character, text.originalStart(at), text.originalEnd(end)]);
    at = end;
  }
  return all;
}

/** Pieces with the ranges of the original that they stand for. */
export function ranges(pieces: readonly AlignedText[]): [text: string, start: number, end: number][] {
  return pieces.map((piece) => [piece.text, piece.originalStart(0), piece.originalEnd(piece.length)]);
}

export function aligned(text: string): AlignedText {
  return new AlignedText(text);
}
