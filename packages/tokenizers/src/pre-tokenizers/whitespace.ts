import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, PreTokenizer } from "../pipeline/roles.ts";
import { isWhiteSpace } from "../white-space.ts";
import { characterSet } from "./sets.ts";

const SPACE = 0;
const WORD = 1;
const OTHER = 2;

/**
 * Cuts into words and runs of what is neither word nor white space: `\w+|[^\w\s]+`. White space is left out.
 *
 * @example
 * new Whitespace().preTokenize(new AlignedText("Hi there!")).map(({ text }) => text); // => ["Hi", "there", "!"]
 */
export class Whitespace implements PreTokenizer {
  static fromJSON(json: unknown, path: string): Whitespace {
    new ComponentFields(json, path, "Whitespace").end();
    return new Whitespace();
  }

  preTokenize(source: AlignedText): AlignedText[] {
    const { text } = source;
    const words = characterSet("word");
    const pieces: AlignedText[] = [];
    let start = 0;
    let current = SPACE;
    for (let at = 0; at < text.length; ) {
      const codePoint = text.codePointAt(at)!;
      const kind = words.has(codePoint) ? WORD : isWhiteSpace(codePoint) ? SPACE : OTHER;
      if (kind !== current) {
        if (current !== SPACE) pieces.push(source.slice(start, at));
        start = at;
        current = kind;
      }
      at += codePoint > 0xffff ? 2 : 1;
    }
    if (current !== SPACE) pieces.push(source.slice(start, text.length));
    return pieces;
  }

  toJSON(): ComponentJson {
    return { type: "Whitespace" };
  }
}
