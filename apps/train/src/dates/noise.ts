import type { Draws } from "./draws.ts";

const isDigit = (character: string | undefined): boolean =>
  character !== undefined && /\p{Nd}/u.test(character);

/** Changes of spaces and punctuation, each of which leaves the numbers apart. */
const punctuation: readonly ((text: string, draws: Draws) => string)[] = [
  (text) => removeEach(text, ",،"),
  (text) => removeEach(text, "."),
  (text) => text.replace(/ ?([,،]) ?/g, "$1"),
  (text) => text.replace(/, ?/g, " , "),
  (text) => removeEach(text, " ", (before, after) => isDigit(before) !== isDigit(after)),
  (text) => text.replaceAll(". ", "."),
  (text) => text.replace(/(?<=\p{Nd})([/.-])(?=\p{Nd})/gu, " $1 "),
  (text, draws) => doubleOne(text, draws),
  (text) => ` ${text}`,
  (text) => `${text} `,
  (text) => `${text}.`,
];

/** All characters that these changes can add. */
export const noiseCharacters = " .";

/** The text with one or two changes to its spaces and punctuation. Two numbers never run together. */
export function noisyPunctuation(text: string, draws: Draws): string {
  let result = draws.pick(punctuation)(text, draws);
  if (draws.chance(0.3)) result = draws.pick(punctuation)(result, draws);
  return result;
}

/** How letters are cased: as they are, lower, UPPER, or the First Letter Of Each Word. */
export const casings = {
  lower: (text: string, tag: string): string => text.toLocaleLowerCase(tag),
  upper: (text: string, tag: string): string => text.toLocaleUpperCase(tag),
  title: (text: string, tag: string): string =>
    text
      .toLocaleLowerCase(tag)
      .replace(/(?<![\p{L}\p{M}\p{Nd}'’])\p{L}/gu, (letter) => letter.toLocaleUpperCase(tag)),
} as const;

/** The text in a random casing by the rules of its language (Turkish i and İ, Greek capitals without accents). */
export function noisyCase(text: string, tag: string, draws: Draws): string {
  const draw = draws.below(9);
  if (draw < 5) return casings.lower(text, tag);
  return draw < 7 ? casings.upper(text, tag) : casings.title(text, tag);
}

/** Removes each of these characters, where `where` agrees; between two digits a space takes its place. */
function removeEach(
  text: string,
  characters: string,
  where: (before: string | undefined, after: string | undefined) => boolean = () => true,
): string {
  let result = "";
  for (let i = 0; i < text.length; i++) {
    const before = result.at(-1);
    const after = text[i + 1];
    if (!characters.includes(text[i]) || !where(before, after)) result += text[i];
    else if (isDigit(before) && isDigit(after)) result += " ";
  }
  return result;
}

function doubleOne(text: string, draws: Draws): string {
  const spaces = Array.from(text.matchAll(/ /g), (match) => match.index);
  if (spaces.length === 0) return text;
  const at = draws.pick(spaces);
  return `${text.slice(0, at)} ${text.slice(at)}`;
}
