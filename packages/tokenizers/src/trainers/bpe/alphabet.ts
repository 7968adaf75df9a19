/** Number of Unicode code points: the size of a table that has one entry for each. */
export const CODE_POINTS = 0x110000;

/**
 * The characters that a byte-pair encoding starts from, by code point.
 *
 * @param words  how often each word occurs
 * @param initial  characters that come first when `limit` leaves some out, whether they occur or not
 * @param limit  at most so many characters, the most frequent; of those equally frequent, the smaller code point
 */
export function learnAlphabet(
  words: ReadonlyMap<string, number>,
  initial: readonly string[],
  limit: number | undefined,
): number[] {
  const counts = new Float64Array(CODE_POINTS);
  for (const [word, count] of words) {
    for (let i = 0; i < word.length; i++) {
      const codePoint = word.codePointAt(i)!;
      if (codePoint > 0xffff) i++;
      counts[codePoint] += count;
    }
  }
  for (const char of initial) counts[char.codePointAt(0)!] = Number.POSITIVE_INFINITY;

  let alphabet: number[] = [];
  for (let codePoint = 0; codePoint < CODE_POINTS; codePoint++) {
    if (counts[codePoint] > 0) alphabet.push(codePoint);
  }
  if (limit !== undefined && alphabet.length > limit) {
    const byCount = alphabet.sort((a, b) => (counts[a] === counts[b] ? a - b : counts[b] - counts[a]));
    alphabet = byCount.slice(0, limit).sort((a, b) => a - b);
  }
  return alphabet;
}
