import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, PreTokenizer } from "../pipeline/roles.ts";
import { literalPattern } from "../regex/text-pattern.ts";
import { split } from "./split-behavior.ts";

/** Cuts at a character, which is left out. */
export class CharDelimiterSplit implements PreTokenizer {
  readonly delimiter: string;

  /** @param delimiter  one character */
  constructor(delimiter: string) {
    this.delimiter = delimiter;
  }

  static fromJSON(json: unknown, path: string): CharDelimiterSplit {
    const fields = new ComponentFields(json, path, "CharDelimiterSplit");
    const delimiter = fields.char("delimiter");
    fields.end();
    return new CharDelimiterSplit(delimiter);
  }

  preTokenize(source: AlignedText): AlignedText[] {
    return split(source, literalPattern(this.delimiter).findAll(source.text), "Removed", false);
  }

  toJSON(): ComponentJson {
    return { type: "CharDelimiterSplit", delimiter: this.delimiter };
  }
}
