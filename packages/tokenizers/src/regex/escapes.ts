import type { PatternReader } from "./pattern-reader.ts";
import { DIGIT, HEX_DIGIT, propertyMembers, SPACE } from "./properties.ts";

const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, a: 7, e: 27 };

/**
 * After a backslash: a class like `\d` or `\p{L}`, as class members; `undefined`, and nothing read, where the
 * escape stands for something else. `word` is what `\w` means here.
 */
export function readClassEscape(reader: PatternReader, word: string): string | undefined {
  const letter = reader.peek();
  if (letter === "p" || letter === "P") return readProperty(reader);
  const members = { w: word, s: SPACE, d: DIGIT, h: HEX_DIGIT }[letter.toLowerCase()];
  if (members === undefined) return undefined;
  reader.next();
  return letter === letter.toLowerCase() ? members : `[^${members}]`;
}

function readProperty(reader: PatternReader): string | undefined {
  const found = reader.match(/^[pP]\{(\^?)([^{}]*)\}/u);
  if (found === null) return undefined; // without braces it is the letter
  const members = propertyMembers(found[2]!);
  if (members === undefined) throw reader.error(`there is no character property ${found[2]}`);
  const isNegated = found[0].startsWith("P") !== (found[1] === "^");
  return isNegated ? `[^${members}]` : members;
}

/** After a backslash: one character by its letter, number or itself. */
export function readCharacterEscape(reader: PatternReader): number {
  const hex = reader.match(/^(?:x\{\s*([0-9A-Fa-f]{1,8})\s*\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{0,2}))/u);
  if (hex !== null) {
    const codePoint = Number.parseInt(hex[1] ?? hex[2] ?? (hex[3] || "0"), 16);
    if (hex[3] !== undefined && codePoint > 0x7f) throw reader.error("bytes by number (use \\x{...})");
    if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) {
      throw reader.error(`${hex[0]} is not a character`);
    }
    return codePoint;
  }
  const octal = reader.match(/^0[0-7]{0,2}/u);
  if (octal !== null) return Number.parseInt(octal[0], 8);
  const control = reader.match(/^(?:c|C-)([A-Za-z@[\]^_])/u);
  if (control !== null) return control[1]!.codePointAt(0)! & 31;
  const character = reader.next();
  if (/^[cCMxu]$/u.test(character)) throw reader.error(`unknown escape \\${character}`);
  return CONTROLS[character] ?? character.codePointAt(0)!;
}
