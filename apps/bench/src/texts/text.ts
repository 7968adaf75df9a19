import { readFileSync, statSync } from "node:fs";
import { Draws } from "./draws.ts";
import { englishSentences } from "./english.ts";
import { unicodeLines } from "./unicode.ts";

/** Of the texts that are made here, in UTF-8. */
const size = 5e5;
const makers: Readonly<Record<string, (draws: Draws) => () => string>> = {
  English: englishSentences,
  "mixed Unicode": unicodeLines,
};

/** Texts that are made here, by name: the same in every process. */
export const textNames: readonly string[] = Object.keys(makers);

/** A text by its name, or that of a file. */
export function textOf(source: string): string {
  return Object.hasOwn(makers, source) ? madeText(makers[source], size) : readFileSync(source, "utf8");
}

/** Bytes of it in UTF-8. */
export function textBytes(source: string): number {
  return Object.hasOwn(makers, source) ? size : statSync(source).size;
}

/** Pieces until so many bytes are full, to the byte. */
function madeText(maker: (draws: Draws) => () => string, bytes: number): string {
  const next = maker(new Draws(1));
  const pieces: string[] = [];
  let left = bytes;
  for (let piece = next(); Buffer.byteLength(piece) <= left; piece = next()) {
    pieces.push(piece);
    left -= Buffer.byteLength(piece);
  }
  return pieces.join("") + ".".repeat(left);
}
