import { needsMemory } from "./ambiguity.ts";
import { emitPattern } from "./emit.ts";
import { isInsidePair, Machine } from "./machine.ts";
import type { RegexNode } from "./node.ts";
import { parseOniguruma } from "./parse.ts";
import { compileProgram, type Program } from "./program.ts";

/**
 * A pattern of Oniguruma (the regular expressions of Hugging Face's tokenizers) that finds the same matches.
 *
 * Most patterns become a JavaScript regular expression. Those that could make JavaScript's matcher take
 * exponential time, and texts on which it runs out of stack, go to a matcher of our own (`Machine`), which is
 * slower, but takes time in proportion to the text. Characters that came after the engine's version of Unicode
 * are unassigned, as everywhere in JavaScript.
 *
 * @example
 * const pattern = new OnigurumaRegex("[a-z&&[^aeiou]]++|\\h");
 * pattern.findAll("abcd e"); // => [0, 1, 1, 4, 5, 6]
 */
export class OnigurumaRegex {
  readonly pattern: string;
  readonly #path: string;
  readonly #node: RegexNode;
  /** Matches where it stands; none where the pattern needs the machine. */
  readonly #here: RegExp | undefined;
  /** Matches anywhere behind where the search began. */
  readonly #later: RegExp | undefined;
  #program: Program | undefined;

  /**
   * @param path  where the pattern stands, for error messages
   * @throws TokenizerFormatError for what is no pattern, or has no counterpart
   */
  constructor(pattern: string, path = "pattern") {
    this.pattern = pattern;
    this.#path = path;
    this.#node = parseOniguruma(pattern, path);
    if (needsMemory(this.#node)) {
      this.#program = compileProgram(this.#node, path);
    } else {
      this.#here = new RegExp(emitPattern(this.#node, "here"), "vy");
      this.#later = new RegExp(emitPattern(this.#node, "never"), "vg");
    }
  }

  /** All matches, first to last: `[start, end, start, end ...]` in UTF-16 units. They do not overlap. */
  findAll(text: string): number[] {
    const matches: number[] = [];
    const found = { start: 0, end: 0 };
    let machine: Machine | undefined;
    let lastEnd = -1;
    for (let from = 0; from <= text.length; ) {
      let isFound: boolean;
      if (machine === undefined && this.#here !== undefined) {
        try {
          isFound = this.#searchNative(text, from, found);
        } catch {
          // out of stack: JavaScript remembers all places that it might go back to
          machine = this.#machine(text);
          continue;
        }
      } else {
        machine ??= this.#machine(text);
        const match = machine.search(from);
        isFound = match !== undefined;
        if (match !== undefined) Object.assign(found, match);
      }
      if (!isFound) break;
      const { start, end } = found;
      if (start === end && end === lastEnd) {
        from = end + (text.codePointAt(end)! > 0xffff ? 2 : 1); // nothing right behind a match is no match
        continue;
      }
      matches.push(start, end);
      from = end;
      lastEnd = end;
    }
    return matches;
  }

  #searchNative(text: string, from: number, found: { start: number; end: number }): boolean {
    const here = this.#here!;
    here.lastIndex = from;
    if (here.test(text)) {
      found.start = from;
      found.end = here.lastIndex;
      return true;
    }
    if (from >= text.length) return false;
    const later = this.#later!;
    later.lastIndex = from + (text.codePointAt(from)! > 0xffff ? 2 : 1);
    for (;;) {
      const match = later.exec(text);
      if (match === null) return false;
      found.start = match.index;
      found.end = match.index + match[0].length;
      if (!isInsidePair(text, found.start)) return true;
      later.lastIndex = found.start + 1; // V8 finds empty matches there
    }
  }

  #machine(text: string): Machine {
    this.#program ??= compileProgram(this.#node, this.#path);
    return new Machine(this.#program, text);
  }
}
