import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, PreTokenizer } from "../pipeline/roles.ts";
import { characterMatches } from "./character-matches.ts";
import { characterSet } from "./sets.ts";
import { split } from "./split-behavior.ts";

export interface DigitsOptions {
  /** Each digit apart, instead of runs of them. Default `false`. */
  readonly individualDigits?: boolean;
}

/** Cuts between numeric characters (of all scripts, `½` and `②` too) and others. */
export class Digits implements PreTokenizer {
  readonly individualDigits: boolean;

  constructor({ individualDigits = false }: DigitsOptions = {}) {
    this.individualDigits = individualDigits;
  }

  static fromJSON(json: unknown, path: string): Digits {
    const fields = new ComponentFields(json, path, "Digits");
    const individualDigits = fields.boolean("individual_digits");
    fields.end();
    return new Digits({ individualDigits });
  }

  preTokenize(source: AlignedText): AlignedText[] {
    const matches = characterMatches(source.text, characterSet("numeric"));
    return split(source, matches, this.individualDigits ? "Isolated" : "Contiguous", false);
  }

  toJSON(): ComponentJson {
    return { type: "Digits", individual_digits: this.individualDigits };
  }
}
