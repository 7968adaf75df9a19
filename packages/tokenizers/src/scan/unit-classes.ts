/** What the split patterns ask of a character; bits, so that a run of several classes is one test. */
export const LETTER = 1; // \p{L}
export const NUMBER = 2; // \p{N}
export const SPACE = 4; // \s, that is \p{White_Space}
export const UPPER = 8; // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]
export const LOWER = 16; // [\p{Ll}\p{Lm}\p{Lo}\p{M}]
export const OTHER = 32; // none of letter, number, space
/** Half of a pair: the class is that of the code point. In the result of `classAt`: the character has two units. */
export const PAIR = 64;

let table: Uint8Array | undefined;
let astral: Map<number, Uint8Array> | undefined;

/**
 * The class of each UTF-16 unit, `[65536]`; 0 for one that nobody has asked `classAt` about yet: the table is
 * filled in pages of 256 as texts come by, for going through all of Unicode takes tens of milliseconds.
 */
export function unitClasses(): Uint8Array {
  table ??= new Uint8Array(0x10000).fill(PAIR, 0xd800, 0xe000);
  return table;
}

/** The class of the character at `at`; a lone surrogate is `OTHER`, as the U+FFFD that it is encoded as. */
export function classAt(units: Uint16Array, at: number, end: number, classes: Uint8Array): number {
  const unit = units[at];
  const known = classes[unit];
  if (known !== PAIR) return known === 0 ? fillPage(classes, unit, unit & 0xff00) : known;
  const low = unit < 0xdc00 && at + 1 < end ? units[at + 1] : 0;
  if (low < 0xdc00 || low > 0xdfff) return OTHER;
  const codePoint = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
  astral ??= new Map();
  let page = astral.get(codePoint >> 8);
  if (page === undefined) {
    page = new Uint8Array(256);
    astral.set(codePoint >> 8, page);
    fillPage(page, codePoint & 0xff, codePoint & ~0xff, 0);
  }
  return page[codePoint & 0xff] | PAIR;
}

/** Classifies 256 code points into `classes`, from index `to`; returns the entry at `asked`. */
function fillPage(classes: Uint8Array, asked: number, first: number, to = first): number {
  for (let i = 0; i < 256; i++) classes[to + i] = classify(String.fromCodePoint(first + i));
  return classes[asked];
}

function classify(character: string): number {
  if (/\p{L}/u.test(character)) {
    if (/\p{Ll}/u.test(character)) return LETTER | LOWER;
    return /[\p{Lu}\p{Lt}]/u.test(character) ? LETTER | UPPER : LETTER | UPPER | LOWER;
  }
  if (/\p{N}/u.test(character)) return NUMBER;
  if (/\p{White_Space}/u.test(character)) return SPACE;
  return /\p{M}/u.test(character) ? OTHER | UPPER | LOWER : OTHER;
}

/** Where the run of characters that have one of the classes in `mask` ends; it may be empty. */
export function runEnd(
  units: Uint16Array,
  start: number,
  end: number,
  classes: Uint8Array,
  mask: number,
): number {
  let at = start;
  while (at < end) {
    let found = classes[units[at]];
    if (found === 0 || found === PAIR) found = classAt(units, at, end, classes);
    if ((found & mask) === 0) break;
    at += found & PAIR ? 2 : 1;
  }
  return at;
}
