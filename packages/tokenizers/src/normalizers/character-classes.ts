/**
 * Classes of characters as Hugging Face's tokenizers have them, which rest on old versions of Unicode: marks
 * are those of Unicode 9 (`StripAccents`) or 8 (`BertNormalizer`), punctuation that of Unicode 8. What came
 * later is taken out here, written as distances in base 36: `gap` or `gap-length`, each gap from the end of
 * the range before.
 */
const MARKS_SINCE_9 =
  "1kt 4a-8 17-9 8b 70-5 2e 4v 1k 53 d 1n-1 1x 8p k 1mv 6y j4-u 3-b ek 73-4 raq 5v js5-3 1u-4 8u-1 26-5 1z-a" +
  " 1e-3 6j 3-1 26 3n-1 3n 5-1 36 6y 3h-8 2 3 2-3 2-4 2 f-1 3g r2-e 6u-5 2-1 3-3 2 2-1 3y-6 3-6 4 t-9 15-6 2-3" +
  " 9 a-a 1b-f 5j-7 cq-5 4 2-1 2-6 2 1v-4 2-1 2-4 9o-3 a-1 2 1d-6 4-4 o 44m 7-e 8uh-h 2sg 1c-8 2l c-1 irz-19" +
  " 3-m 3ex 4h-6 ag 1q-3 e5-3 73-1 6s 3 8-1 6";
const NONSPACING_MARKS_OF_9 =
  "1qs-d 338-1 12t rey 6w kn5 e2-7 3-2 2 1ka-6 2-5 2 2b-l 3-6 2-1 2-1 12kq-6 2-g 3-6 2-1 2-4 1sq-6";
const PUNCTUATION_SINCE_8 =
  "17h rk 3d e9 d 2x6-1 1a-2 3pg-c 3-b 1829 8v z 3p-4 19-3 uj-1 2-1 37-4 b-1 2 eb-c 25 aq 7d-2 4c 2l-7 2c-2 2-4" +
  " 2m-9 60 2o-4 17-1 hy-1 23-c 4w 35e-1 c57-2 88-3 94 nbx nz-1";
const DECOMPOSITIONS_SINCE_9 =
  "a2n n3m-3 ol huo r bh-4 2-15 2-8 2bt 2 9 3 1g 2-1 12o e7d-7 2f4-2 iuk-z 3sn-1p 3cv 22s-9";
/** Letters that compose with a mark since then. */
const BASES_SINCE_9 = "\\u{105d2}\\u{105da}\\u{11384}\\u{1138b}\\u{11390}\\u{16d63}\\u{16d67}";

const WHITE_SPACE = "\\p{White_Space}";
const ASCII_PUNCTUATION = "!-\\/\\:-@\\[-`\\{-~";

/** Members of a class in `v` mode. */
export const CLASSES = {
  whiteSpace: () => WHITE_SPACE,
  /** `Whitespace`: what words are made of. */
  word: () => "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u{200c}\\u{200d}",
  /** `Digits`: numbers of all kinds. */
  numeric: () => "\\p{N}",
  /** `BertPreTokenizer` and `Punctuation`. */
  punctuation: () => `${ASCII_PUNCTUATION}[\\p{P}--[${membersOf(PUNCTUATION_SINCE_8)}]]\\u{166d}\\u{111c9}`,
  /** What `BertNormalizer` cleans away: control, format and private characters, but not white space. */
  bertControl: () =>
    "\\0\\u{fffd}[[\\p{Cc}\\p{Cf}\\p{Co}]--[\\t\\n\\r\\u{890}\\u{891}\\u{8e2}\\u{110cd}\\u{13430}-\\u{1343f}]]",
  /** What `Nmt` cleans away. */
  nmtControl: () => "\\x01-\\x08\\v\\x0e-\\x1f\\x7f\\x8f\\x9f",
  /** The marks that `BertNormalizer` strips. */
  nonspacingMark: () =>
    `[\\p{Mn}--[${membersOf(MARKS_SINCE_9)}${membersOf(NONSPACING_MARKS_OF_9)}]]\\u{1734}\\u{1171e}`,
  /** The marks that `StripAccents` strips. */
  combiningMark: () => `[\\p{M}--[${membersOf(MARKS_SINCE_9)}]]\\u{1cf2}\\u{1cf3}`,
  /** Characters that had no decomposition and no combining class in Unicode 9. */
  unknownToNormalization: () =>
    `${membersOf(MARKS_SINCE_9)}${membersOf(DECOMPOSITIONS_SINCE_9)}${BASES_SINCE_9}`,
} as const;

const compiled = new Map<string, RegExp>();

/** The class `name` as a regular expression for one character, compiled at its first use. */
export function classRegExp(name: keyof typeof CLASSES): RegExp {
  let expression = compiled.get(name);
  if (expression === undefined) {
    expression = new RegExp(`[${CLASSES[name]()}]`, "vg");
    compiled.set(name, expression);
  }
  expression.lastIndex = 0;
  return expression;
}

/** Ranges from their packed form as members of a class. */
export function membersOf(packed: string): string {
  let members = "";
  let last = 0;
  for (const item of packed.split(" ")) {
    const [gap, length] = item.split("-");
    const first = last + Number.parseInt(gap!, 36);
    last = first + (length === undefined ? 0 : Number.parseInt(length, 36));
    members += `\\u{${first.toString(16)}}`;
    if (last > first) members += `-\\u{${last.toString(16)}}`;
  }
  return members;
}
