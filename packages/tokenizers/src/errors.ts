/**
 * Base of every error that this package throws on purpose. The message begins with the operation and ends
 * with what was got.
 *
 * @example
 * try {
 *   CharTokenizer.train("ab").encode("abc");
 * } catch (error) {
 *   error instanceof TokenizerError; // => true
 *   error.message; // => 'CharTokenizer.encode: "c" (U+0063) at offset 2 is not in the vocabulary of 2 tokens, and there is no unk token'
 * }
 */
export class TokenizerError extends Error {
  override name = "TokenizerError";
}

/** A text holds something that the vocabulary has no token for, and there is no `unk` token to stand in. */
export class UnknownTextError extends TokenizerError {
  override name = "UnknownTextError";
  /** Where the text stops being encodable, in UTF-16 units. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** An id is not a whole number in `0 .. vocabSize - 1`. */
export class UnknownIdError extends TokenizerError {
  override name = "UnknownIdError";
  readonly id: number;

  constructor(message: string, id: number) {
    super(message);
    this.id = id;
  }
}

/** A saved tokenizer does not have the form that its loader reads; `path` says where. */
export class TokenizerFormatError extends TokenizerError {
  override name = "TokenizerFormatError";
  readonly path: string;

  constructor(message: string, path: string) {
    super(message);
    this.path = path;
  }
}

/** How a value is shown in an error message: short, quoted, and safe for control characters. */
export function show(value: unknown): string {
  if (typeof value === "function" || typeof value === "symbol" || typeof value === "bigint") {
    return `${typeof value} ${String(value)}`.slice(0, 60);
  }
  let text: string;
  try {
    text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "undefined");
  } catch {
    text = "a value that is not JSON"; // a cycle or a nested bigint
  }
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** `U+0041` for `"A"`. */
export function showCodePoint(codePoint: number): string {
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** No option is ever ignored: one that is not in `allowed` throws. */
export function checkOptions(operation: string, options: object, allowed: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!allowed.includes(name)) {
      throw new TokenizerError(
        `${operation}: there is no option ${show(name)} (known: ${allowed.join(", ")})`,
      );
    }
  }
}
