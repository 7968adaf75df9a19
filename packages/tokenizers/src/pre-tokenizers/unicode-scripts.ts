import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, PreTokenizer } from "../pipeline/roles.ts";
import { ANY_SCRIPT, scriptOf } from "./scripts.ts";

/**
 * Cuts where the script changes: Latin, Greek, Han (Japanese syllables count as Han) ... Spaces, and characters
 * of no known script, go with what is before them.
 *
 * @example
 * const pieces = new UnicodeScripts().preTokenize(new AlignedText("Apples りんご"));
 * pieces.map(({ text }) => text); // => ["Apples ", "りんご"]
 */
export class UnicodeScripts implements PreTokenizer {
  static fromJSON(json: unknown, path: string): UnicodeScripts {
    new ComponentFields(json, path, "UnicodeScripts").end();
    return new UnicodeScripts();
  }

  preTokenize(source: AlignedText): AlignedText[] {
    const { text } = source;
    const pieces: AlignedText[] = [];
    let start = -1; // what comes before the first character with a script is left out, as in Hugging Face's
    let last = -1;
    for (let at = 0; at < text.length; ) {
      const codePoint = text.codePointAt(at)!;
      const script = scriptOf(codePoint);
      if (script !== ANY_SCRIPT) {
        if (script !== last) {
          if (start >= 0) pieces.push(source.slice(start, at));
          start = at;
        }
        last = script;
      }
      at += codePoint > 0xffff ? 2 : 1;
    }
    if (start >= 0) pieces.push(source.slice(start, text.length));
    return pieces;
  }

  toJSON(): ComponentJson {
    return { type: "UnicodeScripts" };
  }
}
