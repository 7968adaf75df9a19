import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, PreTokenizer } from "../pipeline/roles.ts";
import { characterMatches } from "./character-matches.ts";
import { characterSet } from "./sets.ts";
import { SPLIT_BEHAVIORS, type SplitBehavior, split } from "./split-behavior.ts";

export interface PunctuationOptions {
  /** Default `"Isolated"`. */
  readonly behavior?: SplitBehavior;
}

/** Cuts at each punctuation character. */
export class Punctuation implements PreTokenizer {
  readonly behavior: SplitBehavior;

  constructor({ behavior = "Isolated" }: PunctuationOptions = {}) {
    this.behavior = behavior;
  }

  static fromJSON(json: unknown, path: string): Punctuation {
    const fields = new ComponentFields(json, path, "Punctuation");
    const behavior = fields.oneOf("behavior", SPLIT_BEHAVIORS, "Isolated");
    fields.end();
    return new Punctuation({ behavior });
  }

  preTokenize(source: AlignedText): AlignedText[] {
    const matches = characterMatches(source.text, characterSet("punctuation"));
    return split(source, matches, this.behavior, false);
  }

  toJSON(): ComponentJson {
    return { type: "Punctuation", behavior: this.behavior };
  }
}
