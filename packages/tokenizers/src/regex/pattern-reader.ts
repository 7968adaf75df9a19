import { show, TokenizerFormatError } from "../errors.ts";

/** A cursor over the characters of a pattern; every error says which pattern, where in the file, and why. */
export class PatternReader {
  readonly pattern: string;
  readonly path: string;
  readonly #characters: readonly string[];
  at = 0;

  constructor(pattern: string, path: string) {
    this.pattern = pattern;
    this.path = path;
    this.#characters = [...pattern];
  }

  get done(): boolean {
    return this.at >= this.#characters.length;
  }

  /** The character `ahead` of the cursor; `""` behind the end. */
  peek(ahead = 0): string {
    return this.#characters[this.at + ahead] ?? "";
  }

  next(): string {
    if (this.done) throw this.error("ends too early");
    return this.#characters[this.at++]!;
  }

  /** Takes `text` if it is what comes next. */
  take(text: string): boolean {
    for (const [i, character] of [...text].entries()) if (this.peek(i) !== character) return false;
    this.at += text.length;
    return true;
  }

  /** Takes what `expression` (with a caret) matches here. */
  match(expression: RegExp): RegExpExecArray | null {
    const found = expression.exec(this.#characters.slice(this.at).join(""));
    if (found !== null) this.at += [...found[0]].length;
    return found;
  }

  error(what: string): TokenizerFormatError {
    return new TokenizerFormatError(
      `${this.path}: regular expression ${show(this.pattern)}: ${what} (at character ${this.at})`,
      this.path,
    );
  }
}
