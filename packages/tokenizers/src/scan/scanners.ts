import { classAt, LETTER, LOWER, NUMBER, OTHER, PAIR, runEnd, SPACE, UPPER } from "./unit-classes.ts";

/**
 * Where the piece that begins at `at` ends: what a split pattern would match there. The known patterns match
 * everywhere, so that pieces follow each other without gaps.
 *
 * @param classes  from `unitClasses()`
 */
export type Scanner = (units: Uint16Array, at: number, end: number, classes: Uint8Array) => number;

const BLANK = 0x20;
const APOSTROPHE = 0x27;

/** `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+` */
export function scanGpt2(units: Uint16Array, at: number, end: number, classes: Uint8Array): number {
  if (units[at] === APOSTROPHE) {
    const after = contractionEnd(units, at, end, false);
    if (after !== at) return after;
  }
  const start = units[at] === BLANK && at + 1 < end ? at + 1 : at;
  const kind = classAt(units, start, end, classes) & (LETTER | NUMBER | OTHER);
  if (kind !== 0) return runEnd(units, start, end, classes, kind);
  return spaceEnd(units, at, end, classes);
}

/**
 * `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
 */
export function scanCl100k(units: Uint16Array, at: number, end: number, classes: Uint8Array): number {
  return scanWithDigits(units, at, end, classes, 3);
}

/** As cl100k's, but each number character is a piece of its own. */
export function scanQwen2(units: Uint16Array, at: number, end: number, classes: Uint8Array): number {
  return scanWithDigits(units, at, end, classes, 1);
}

/** As cl100k's, but white space at the very end of a text is one piece (`\s++$` comes before `\s*[\r\n]`). */
export function scanCl100kTrailing(units: Uint16Array, at: number, end: number, classes: Uint8Array): number {
  const next = scanWithDigits(units, at, end, classes, 3);
  if (next === end || (classAt(units, at, end, classes) & SPACE) === 0) return next;
  return runEnd(units, at, end, classes, SPACE) === end ? end : next;
}

/**
 * `[^\r\n\p{L}\p{N}]?[U]*[L]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[U]+[L]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|`
 * `\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`
 * with U = `\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}` and L = `\p{Ll}\p{Lm}\p{Lo}\p{M}`.
 */
export function scanO200k(units: Uint16Array, at: number, end: number, classes: Uint8Array): number {
  const first = units[at];
  const kind = classAt(units, at, end, classes);
  const one = at + (kind & PAIR ? 2 : 1);
  if ((kind & NUMBER) === 0 && !isLineEnd(first)) {
    const word = casedWordEnd(units, kind & LETTER ? at : one, end, classes);
    if (word !== -1) return contractionEnd(units, word, end, true);
    if (kind & LOWER) return contractionEnd(units, one, end, true); // a mark that no lower-case letter follows
    const upper = runEnd(units, kind & LETTER ? at : one, end, classes, UPPER);
    if (upper > one || kind & LETTER) return contractionEnd(units, upper, end, true);
  }
  if (kind & NUMBER) return numberEnd(units, at, end, classes, 3);
  const start = first === BLANK && at + 1 < end ? at + 1 : at;
  if (classAt(units, start, end, classes) & OTHER) {
    let next = runEnd(units, start, end, classes, OTHER);
    while (next < end && (isLineEnd(units[next]) || units[next] === 0x2f)) next++;
    return next;
  }
  return lineEnd(units, at, end, classes);
}

/**
 * Where `[U]*[L]+` ends, or -1. If a letter that is lower-case only follows the run of U, the run of L from there
 * counts; else the last character of the run that is also in L ends it, what is behind it being given back.
 */
function casedWordEnd(units: Uint16Array, start: number, end: number, classes: Uint8Array): number {
  let at = start;
  let lastBoth = -1;
  while (at < end) {
    let found = classes[units[at]];
    if (found === 0 || found === PAIR) found = classAt(units, at, end, classes);
    if ((found & UPPER) === 0) {
      if ((found & LOWER) !== 0) return runEnd(units, at, end, classes, LOWER);
      break;
    }
    at += found & PAIR ? 2 : 1;
    if (found & LOWER) lastBoth = at;
  }
  return lastBoth;
}

function scanWithDigits(
  units: Uint16Array,
  at: number,
  end: number,
  classes: Uint8Array,
  digits: number,
): number {
  const first = units[at];
  if (first === APOSTROPHE) {
    const after = contractionEnd(units, at, end, true);
    if (after !== at) return after;
  }
  const kind = classAt(units, at, end, classes);
  if (kind & LETTER) return runEnd(units, at, end, classes, LETTER);
  if (kind & NUMBER) return numberEnd(units, at, end, classes, digits);
  const one = at + (kind & PAIR ? 2 : 1);
  if (one < end && !isLineEnd(first) && classAt(units, one, end, classes) & LETTER) {
    return runEnd(units, one, end, classes, LETTER);
  }
  const start = first === BLANK && at + 1 < end ? at + 1 : at;
  if (classAt(units, start, end, classes) & OTHER) {
    let next = runEnd(units, start, end, classes, OTHER);
    while (next < end && isLineEnd(units[next])) next++;
    return next;
  }
  return lineEnd(units, at, end, classes);
}

/** `\p{N}{1,most}` */
function numberEnd(
  units: Uint16Array,
  start: number,
  end: number,
  classes: Uint8Array,
  most: number,
): number {
  let at = start;
  for (let count = 0; count < most && at < end; count++) {
    const found = classAt(units, at, end, classes);
    if ((found & NUMBER) === 0) break;
    at += found & PAIR ? 2 : 1;
  }
  return at;
}

/** `\s+(?!\S)|\s+`: all white space at the end of the text, else all but the last, which leads the next piece. */
function spaceEnd(units: Uint16Array, at: number, end: number, classes: Uint8Array): number {
  const next = runEnd(units, at, end, classes, SPACE);
  return next < end && next > at + 1 ? next - 1 : next;
}

/** `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last line end in the white space, if there is one. */
function lineEnd(units: Uint16Array, at: number, end: number, classes: Uint8Array): number {
  const next = runEnd(units, at, end, classes, SPACE);
  for (let last = next; last > at; last--) if (isLineEnd(units[last - 1])) return last;
  return next < end && next > at + 1 ? next - 1 : next;
}

function isLineEnd(unit: number): boolean {
  return unit === 0x0a || unit === 0x0d;
}

/** Where `'s|'t|'re|'ve|'m|'ll|'d` ends, or `at` where there is none. */
function contractionEnd(units: Uint16Array, at: number, end: number, anyCase: boolean): number {
  if (at + 1 >= end || units[at] !== APOSTROPHE) return at;
  const first = anyCase ? lowerCase(units[at + 1]) : units[at + 1];
  // s, t, m, d
  if (first === 0x73 || first === 0x74 || first === 0x6d || first === 0x64) return at + 2;
  if (at + 2 >= end) return at;
  const second = anyCase ? lowerCase(units[at + 2]) : units[at + 2];
  // re, ve, ll
  const two = ((first === 0x72 || first === 0x76) && second === 0x65) || (first === 0x6c && second === 0x6c);
  return two ? at + 3 : at;
}

/** Simple case folding, as far as it leads to the letters of contractions: A-Z, and the long s. */
function lowerCase(unit: number): number {
  if (unit >= 0x41 && unit <= 0x5a) return unit + 0x20;
  return unit === 0x17f ? 0x73 : unit;
}
