import { isWhiteSpace } from "../white-space.ts";

/** What counts as part of a word beside a `single_word` token (Unicode's `\w`, UTS 18 annex C). */
const wordAtStart = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;

/** Whether a word character stands right before `start` or right behind `end`. */
export function touchesWord(text: string, start: number, end: number): boolean {
  const low = text.charCodeAt(start - 1);
  const before = low >= 0xdc00 && low <= 0xdfff ? start - 2 : start - 1;
  return (
    (start > 0 && wordAtStart.test(text.slice(before, start))) || wordAtStart.test(text.slice(end, end + 2))
  );
}

/** Where the white space that ends at `end` begins, not before `limit`. */
export function spaceStartBefore(text: string, end: number, limit: number): number {
  let start = end;
  while (start > limit && isWhiteSpace(text.charCodeAt(start - 1))) start--;
  return start;
}

/** Where the white space that begins at `start` ends. */
export function spaceEndFrom(text: string, start: number): number {
  let end = start;
  while (end < text.length && isWhiteSpace(text.charCodeAt(end))) end++;
  return end;
}
