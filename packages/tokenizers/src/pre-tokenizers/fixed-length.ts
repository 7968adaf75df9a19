import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, PreTokenizer } from "../pipeline/roles.ts";

/** Cuts into pieces of so many characters; the last one may be shorter. */
export class FixedLength implements PreTokenizer {
  readonly length: number;

  /** @param length  characters (code points) a piece, 1 or more */
  constructor(length = 5) {
    this.length = length;
  }

  static fromJSON(json: unknown, path: string): FixedLength {
    const fields = new ComponentFields(json, path, "FixedLength");
    const length = fields.integer("length", 5);
    if (length === 0) throw fields.error("length", "not 1 or more", length);
    fields.end();
    return new FixedLength(length);
  }

  preTokenize(source: AlignedText): AlignedText[] {
    const { text } = source;
    const pieces: AlignedText[] = [];
    let start = 0;
    let count = 0;
    for (let at = 0; at < text.length; ) {
      at += text.codePointAt(at)! > 0xffff ? 2 : 1;
      if (++count < this.length && at < text.length) continue;
      pieces.push(source.slice(start, at));
      start = at;
      count = 0;
    }
    return pieces;
  }

  toJSON(): ComponentJson {
    return { type: "FixedLength", length: this.length };
  }
}
