import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, PreTokenizer } from "../pipeline/roles.ts";
import { isWhiteSpace } from "../white-space.ts";

/** Cuts at white space, which is left out. */
export class WhitespaceSplit implements PreTokenizer {
  static fromJSON(json: unknown, path: string): WhitespaceSplit {
    new ComponentFields(json, path, "WhitespaceSplit").end();
    return new WhitespaceSplit();
  }

  preTokenize(source: AlignedText): AlignedText[] {
    return splitAtWhiteSpace(source);
  }

  toJSON(): ComponentJson {
    return { type: "WhitespaceSplit" };
  }
}

export function splitAtWhiteSpace(source: AlignedText): AlignedText[] {
  const { text } = source;
  const pieces: AlignedText[] = [];
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && !isWhiteSpace(text.charCodeAt(at))) continue;
    if (at > start) pieces.push(source.slice(start, at));
    start = at + 1;
  }
  return pieces;
}
