import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, PreTokenizer } from "../pipeline/roles.ts";
import { isWhiteSpace } from "../white-space.ts";
import { characterSet } from "./sets.ts";

/**
 * Cuts at white space, which is left out, and around each punctuation character.
 *
 * @example
 * new BertPreTokenizer().preTokenize(new AlignedText("I'm in")).map(({ text }) => text); // => ["I", "'", "m", "in"]
 */
export class BertPreTokenizer implements PreTokenizer {
  static fromJSON(json: unknown, path: string): BertPreTokenizer {
    new ComponentFields(json, path, "BertPreTokenizer").end();
    return new BertPreTokenizer();
  }

  preTokenize(source: AlignedText): AlignedText[] {
    const { text } = source;
    const punctuation = characterSet("punctuation");
    const pieces: AlignedText[] = [];
    let start = 0;
    for (let at = 0; at < text.length; ) {
      const codePoint = text.codePointAt(at)!;
      const end = at + (codePoint > 0xffff ? 2 : 1);
      const isMark = punctuation.has(codePoint);
      if (isMark || isWhiteSpace(codePoint)) {
        if (at > start) pieces.push(source.slice(start, at));
        if (isMark) pieces.push(source.slice(at, end));
        start = end;
      }
      at = end;
    }
    if (start < text.length) pieces.push(source.slice(start, text.length));
    return pieces;
  }

  toJSON(): ComponentJson {
    return { type: "BertPreTokenizer" };
  }
}
