import { show, TokenizerError } from "../errors.ts";

/** A whole number that an option gives, or its default. */
export function wholeNumber(
  operation: string,
  name: string,
  value: number | undefined,
  fallback: number,
  least = 0,
): number {
  const number = value ?? fallback;
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new TokenizerError(
    `${operation}: ${name} must be a whole number, ${least} or more (got ${show(value)})`,
  );
}

/** Special tokens, each once and none of them empty. */
export function checkSpecialTokens(operation: string, tokens: readonly string[] = []): readonly string[] {
  const seen = new Set<string>();
  for (const token of tokens) {
    if (typeof token !== "string" || token === "" || seen.has(token)) {
      const what = seen.has(token) ? "given twice" : "not a text of one character or more";
      throw new TokenizerError(`${operation}: a special token is ${what} (got ${show(token)})`);
    }
    seen.add(token);
  }
  return [...tokens];
}

/** Single characters: an alphabet. */
export function checkAlphabet(operation: string, alphabet: Iterable<string> = []): readonly string[] {
  const chars = [...alphabet];
  for (const char of chars) {
    if (typeof char !== "string" || [...char].length !== 1) {
      throw new TokenizerError(
        `${operation}: initialAlphabet has something that is not one character (got ${show(char)})`,
      );
    }
  }
  return chars;
}
