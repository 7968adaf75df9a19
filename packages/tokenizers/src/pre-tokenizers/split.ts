import { ComponentFields } from "../component-json.ts";
import type { AlignedText } from "../pipeline/aligned-text.ts";
import type { ComponentJson, PreTokenizer } from "../pipeline/roles.ts";
import { readTextPattern, type TextPattern } from "../regex/text-pattern.ts";
import { SPLIT_BEHAVIORS, type SplitBehavior, split } from "./split-behavior.ts";

export interface SplitOptions {
  readonly pattern: TextPattern;
  readonly behavior: SplitBehavior;
  /** What lies between the matches counts as matches, and the other way round. Default `false`. */
  readonly invert?: boolean;
}

/** Cuts at the matches of a string or a regular expression. */
export class Split implements PreTokenizer {
  readonly pattern: TextPattern;
  readonly behavior: SplitBehavior;
  readonly invert: boolean;

  constructor({ pattern, behavior, invert = false }: SplitOptions) {
    this.pattern = pattern;
    this.behavior = behavior;
    this.invert = invert;
  }

  static fromJSON(json: unknown, path: string): Split {
    const fields = new ComponentFields(json, path, "Split");
    const options = {
      pattern: fields.component("pattern", readTextPattern),
      behavior: fields.oneOf("behavior", SPLIT_BEHAVIORS),
      invert: fields.boolean("invert"),
    };
    fields.end();
    return new Split(options);
  }

  preTokenize(source: AlignedText): AlignedText[] {
    return split(source, this.pattern.findAll(source.text), this.behavior, this.invert);
  }

  toJSON(): ComponentJson {
    return { type: "Split", pattern: this.pattern.toJSON(), behavior: this.behavior, invert: this.invert };
  }
}
