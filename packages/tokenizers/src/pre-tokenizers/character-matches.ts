import type { CharacterSet } from "../regex/character-set.ts";

/** Each character of a set as a match of its own: `[start, end, start, end ...]`. */
export function characterMatches(text: string, set: CharacterSet): number[] {
  const matches: number[] = [];
  for (let at = 0; at < text.length; ) {
    const codePoint = text.codePointAt(at)!;
    const end = at + (codePoint > 0xffff ? 2 : 1);
    if (set.has(codePoint)) matches.push(at, end);
    at = end;
  }
  return matches;
}
