/**
 * Text of many scripts, 200 characters of one after the other: letters in words, digits, punctuation, emoji,
 * lines. The same seed gives the same text.
 */
export function mixedUnicode(length: number, seed = 1): string {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  // first code point, how many, length of words
  const scripts = [
    [0x61, 26, 6],
    [0xe0, 31, 7],
    [0x3b1, 25, 8],
    [0x430, 32, 7],
    [0x5d0, 27, 5],
    [0x627, 36, 6],
    [0x905, 53, 6],
    [0xe01, 46, 12],
    [0x3041, 83, 9],
    [0x4e00, 3000, 12],
    [0xac00, 2000, 4],
    [0x1f600, 80, 2],
  ] as const;
  let text = "";
  while (text.length < length) {
    const [first, count, longest] = scripts[random(scripts.length)];
    const end = text.length + 200;
    // words come back, as they do in a language: a small vocabulary, the first words most of all
    const words = Array.from({ length: 24 }, () =>
      Array.from({ length: 1 + random(longest) }, () => String.fromCodePoint(first + random(count))).join(""),
    );
    while (text.length < end) {
      text += words[Math.min(random(words.length), random(words.length))];
      const mark = random(40);
      text += mark === 0 ? `, ${random(3000)} ` : mark === 1 ? ".\n" : mark === 2 ? "! (" : " ";
    }
  }
  return text.slice(0, length).toWellFormed();
}
